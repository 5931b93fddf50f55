package dev.backlane.store.testkit.contract;

import org.junit.jupiter.api.Nested;

/// The contract of [dev.backlane.engine.store.Store] as tests, one nested class per topic. The test
/// class of a store extends this class and opens the store.
public abstract class StoreContract implements StoreFixture {
  @Nested
  final class Operations extends OperationsContract {
    Operations() {
      super(StoreContract.this);
    }
  }

  @Nested
  final class IdempotencyKeys extends IdempotencyKeysContract {
    IdempotencyKeys() {
      super(StoreContract.this);
    }
  }

  @Nested
  final class Contents extends ContentsContract {
    Contents() {
      super(StoreContract.this);
    }
  }

  @Nested
  final class Claims extends ClaimsContract {
    Claims() {
      super(StoreContract.this);
    }
  }

  @Nested
  final class Leases extends LeasesContract {
    Leases() {
      super(StoreContract.this);
    }
  }

  @Nested
  final class Listing extends ListingContract {
    Listing() {
      super(StoreContract.this);
    }
  }

  @Nested
  final class Search extends SearchContract {
    Search() {
      super(StoreContract.this);
    }
  }

  @Nested
  final class Pruning extends PruningContract {
    Pruning() {
      super(StoreContract.this);
    }
  }

  @Nested
  final class Deliveries extends DeliveriesContract {
    Deliveries() {
      super(StoreContract.this);
    }
  }

  @Nested
  final class DeliveryQueue extends DeliveryQueueContract {
    DeliveryQueue() {
      super(StoreContract.this);
    }
  }

  @Nested
  final class DeliveryListing extends DeliveryListingContract {
    DeliveryListing() {
      super(StoreContract.this);
    }
  }

  @Nested
  final class DeliveryPruning extends DeliveryPruningContract {
    DeliveryPruning() {
      super(StoreContract.this);
    }
  }

  @Nested
  final class Records extends RecordsContract {
    Records() {
      super(StoreContract.this);
    }
  }
}
