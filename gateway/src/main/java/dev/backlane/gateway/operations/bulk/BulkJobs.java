package dev.backlane.gateway.operations.bulk;

import dev.backlane.engine.background.Threads;
import dev.backlane.engine.store.search.OperationSearch;
import dev.backlane.gateway.operations.OperationActions;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Optional;
import java.util.UUID;

/// The jobs of this process. A job ends with the process, and what it has done remains. The caller
/// records the action in the audit log before. Thread-safe.
public final class BulkJobs implements AutoCloseable {
  /// The most jobs that run at the same time.
  public static final int RUNNING_MAX = 4;

  /// The most jobs that are remembered: the last ones.
  private static final int KEPT_MAX = 100;

  /// How long [#begin] waits for the end of a job, so that a short one needs no second request.
  private static final Duration SHORT_MAX = Duration.ofSeconds(1);

  private final RunningJob.Parts parts;

  /// The newest last. Guarded by itself.
  private final Deque<RunningJob> jobs = new ArrayDeque<>();

  /// @param clock the time of operations
  public BulkJobs(
      OperationSearch search, OperationActions actions, InstantSource clock, Threads threads) {
    this.parts = new RunningJob.Parts(search, actions, clock, threads);
  }

  /// Begins a job, and waits shortly for its end.
  ///
  /// @return its progress; empty if [#RUNNING_MAX] jobs are running already
  public Optional<BulkJob> begin(BulkRequest request, String operator) {
    RunningJob job;
    synchronized (jobs) {
      long running = jobs.stream().filter(BulkJobs::isRunning).count();
      if (running >= RUNNING_MAX) {
        return Optional.empty();
      }
      job = new RunningJob(UUID.randomUUID().toString(), request, operator, parts);
      jobs.addLast(job);
      while (jobs.size() > KEPT_MAX && !isRunning(jobs.getFirst())) {
        jobs.removeFirst();
      }
    }
    parts.threads().start("bulk-job", job::run);
    try {
      return Optional.of(job.await(SHORT_MAX));
    } catch (InterruptedException interrupted) {
      Thread.currentThread().interrupt();
      return Optional.of(job.progress());
    }
  }

  private static boolean isRunning(RunningJob job) {
    return job.progress().status() == BulkJob.Status.RUNNING;
  }

  /// The jobs, the newest first.
  public List<BulkJob> all() {
    var all = new ArrayList<BulkJob>();
    synchronized (jobs) {
      jobs.forEach(job -> all.addFirst(job.progress()));
    }
    return all;
  }

  /// One job; empty if this process has none of this id, or keeps it no longer.
  public Optional<BulkJob> find(String id) {
    return job(id).map(RunningJob::progress);
  }

  private Optional<RunningJob> job(String id) {
    synchronized (jobs) {
      return jobs.stream().filter(job -> job.id().equals(id)).findFirst();
    }
  }

  /// Stops a job before its next operation; a job that has ended remains as it is.
  ///
  /// @return whether there is such a job
  public boolean stop(String id) {
    var job = job(id);
    job.ifPresent(RunningJob::stop);
    return job.isPresent();
  }

  /// Stops all jobs.
  @Override
  public void close() {
    synchronized (jobs) {
      jobs.forEach(RunningJob::stop);
    }
  }
}
