package dev.backlane.store.postgres;

/// What waits together in a queue: an owner's rows of one lane, which to a quota are a tenant's of one route.
record QueueGroup(String owner, String lane) implements Comparable<QueueGroup> {
  static final QueueGroup FIRST = new QueueGroup("", "");

  @Override
  public int compareTo(QueueGroup other) {
    int byOwner = owner.compareTo(other.owner);
    return byOwner != 0 ? byOwner : lane.compareTo(other.lane);
  }
}
