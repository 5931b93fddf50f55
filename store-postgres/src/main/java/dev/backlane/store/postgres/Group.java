package dev.backlane.store.postgres;

/// What waits together in a queue: an owner's rows of one lane, which to a quota are a tenant's of one route.
record Group(String owner, String lane) implements Comparable<Group> {
  static final Group FIRST = new Group("", "");

  @Override
  public int compareTo(Group other) {
    int byOwner = owner.compareTo(other.owner);
    return byOwner != 0 ? byOwner : lane.compareTo(other.lane);
  }
}
