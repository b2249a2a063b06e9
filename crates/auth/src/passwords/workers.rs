//! The threads that hash: as many as there are processors, below everybody else's priority, with a bounded queue before
//! them. They are not tokio's, so that a storm of sign-ins leaves tokio's to the rest of the service, and the scheduler
//! prefers whoever answers requests.

use super::argon::Memory;
use std::{
    collections::VecDeque,
    io,
    panic::{AssertUnwindSafe, catch_unwind},
    sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError},
    thread,
};
use tokio::sync::oneshot;

/// The nice level of the threads: against a busy thread of level 0 they get about a tenth of a processor.
#[cfg(target_os = "linux")]
const NICE: i32 = 10;

type Job = Box<dyn FnOnce(&mut Memory) + Send>;

/// Why a job gave no result.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum JobError {
    #[error("too many passwords are waiting")]
    Busy,
    #[error("the hashing thread gave up, or the service is shutting down")]
    Lost,
}

/// The threads end when this is dropped.
pub struct Workers(Arc<Queue>);

struct Queue {
    jobs: Mutex<Jobs>,
    changed: Condvar,
    /// How many may run and wait.
    capacity: usize,
}

#[derive(Default)]
struct Jobs {
    waiting: VecDeque<Job>,
    running: usize,
    closed: bool,
}

impl Workers {
    pub fn start(threads: usize, waiting_per_thread: usize) -> io::Result<Self> {
        let capacity = threads * (1 + waiting_per_thread);
        let queue = Arc::new(Queue { jobs: Mutex::default(), changed: Condvar::new(), capacity });
        let workers = Self(queue);
        for _ in 0..threads {
            let queue = Arc::clone(&workers.0);
            thread::Builder::new().name("hash".to_owned()).spawn(move || queue.serve())?;
        }
        Ok(workers)
    }

    /// Runs `work` on one of the threads. It keeps its place until it is done, even when the caller has gone; a caller who
    /// goes while it still waits costs no hash.
    pub async fn run<T: Send + 'static>(
        &self,
        work: impl FnOnce(&mut Memory) -> T + Send + 'static,
    ) -> Result<T, JobError> {
        let (answer, answered) = oneshot::channel();
        self.0.add(Box::new(move |memory| {
            if !answer.is_closed() {
                // Nobody listens: they have gone meanwhile.
                let _gone = answer.send(work(memory));
            }
        }))?;
        answered.await.map_err(|_| JobError::Lost)
    }
}

impl Drop for Workers {
    fn drop(&mut self) {
        self.0.lock().closed = true;
        self.0.changed.notify_all();
    }
}

impl Queue {
    fn add(&self, job: Job) -> Result<(), JobError> {
        let mut jobs = self.lock();
        if jobs.waiting.len() + jobs.running >= self.capacity {
            return Err(JobError::Busy);
        }
        jobs.waiting.push_back(job);
        drop(jobs);
        self.changed.notify_one();
        Ok(())
    }

    fn serve(&self) {
        step_back();
        let mut memory = Memory::default();
        while let Some(job) = self.next(&mut memory) {
            // A thread that died would be missing until the next start; its caller hears that the answer is lost.
            let _panicked = catch_unwind(AssertUnwindSafe(|| job(&mut memory)));
            self.lock().running -= 1;
        }
    }

    /// The next job; `None` at the end. Before a thread goes to sleep it gives its memory back.
    fn next(&self, memory: &mut Memory) -> Option<Job> {
        let mut jobs = self.lock();
        loop {
            if jobs.closed {
                return None;
            }
            if let Some(job) = jobs.waiting.pop_front() {
                jobs.running += 1;
                return Some(job);
            }
            if memory.is_held() {
                drop(jobs);
                memory.give_back();
                jobs = self.lock();
            } else {
                jobs = self.changed.wait(jobs).unwrap_or_else(PoisonError::into_inner);
            }
        }
    }

    /// Nothing that could panic runs under this lock.
    fn lock(&self) -> MutexGuard<'_, Jobs> {
        self.jobs.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Lowers the priority of the calling thread, and of it alone: on Linux a nice level belongs to a thread.
#[cfg(target_os = "linux")]
fn step_back() {
    if let Err(error) = rustix::process::setpriority_process(None, NICE) {
        tracing::warn!(error = &error as &dyn std::error::Error, "passwords are hashed at full priority");
    }
}

/// Elsewhere a nice level belongs to the whole process.
#[cfg(not(target_os = "linux"))]
const fn step_back() {}

#[cfg(test)]
mod tests {
    use super::*;
    use std::{
        pin::Pin,
        sync::mpsc,
        task::{Context, Waker},
    };

    /// Asks a future once, which sends its job off.
    fn is_waiting<F: Future>(future: &mut Pin<Box<F>>) -> bool {
        future.as_mut().poll(&mut Context::from_waker(Waker::noop())).is_pending()
    }

    /// Beyond what can run and wait, callers are told at once; a place is free again when a job is done, not when its
    /// caller goes.
    #[tokio::test]
    async fn a_storm_is_turned_away() {
        let workers = Workers::start(1, 1).unwrap();
        let ((begun, begins), (end, ends)) = (mpsc::channel(), mpsc::channel::<()>());
        let mut first = Box::pin(workers.run(move |_| (begun.send(()), ends.recv())));
        assert!(is_waiting(&mut first));
        begins.recv().unwrap();
        let mut second = Box::pin(workers.run(|_| "second"));
        assert!(is_waiting(&mut second));
        drop(first);
        assert_eq!(workers.run(|_| "third").await, Err(JobError::Busy));
        end.send(()).unwrap();
        assert_eq!(second.await, Ok("second"));
        assert_eq!(workers.run(|_| "fourth").await, Ok("fourth"));
    }

    /// Whoever hangs up while they wait costs no hash.
    #[tokio::test]
    async fn nobody_hashes_for_a_caller_who_has_gone() {
        let workers = Workers::start(1, 2).unwrap();
        let ((end, ends), (ran, runs)) = (mpsc::channel::<()>(), mpsc::channel());
        let mut first = Box::pin(workers.run(move |_| ends.recv()));
        assert!(is_waiting(&mut first));
        let mut gone = Box::pin(workers.run(move |_| ran.send(())));
        assert!(is_waiting(&mut gone));
        drop(gone);
        end.send(()).unwrap();
        assert_eq!(workers.run(|_| "third").await, Ok("third"));
        assert!(runs.recv().is_err());
    }

    /// A panic costs one answer and no thread.
    #[tokio::test]
    async fn a_panic_costs_one_answer() {
        let workers = Workers::start(1, 1).unwrap();
        assert_eq!(workers.run(|_| -> u8 { panic!("planted") }).await, Err(JobError::Lost));
        assert_eq!(workers.run(|_| 7).await, Ok(7));
    }

    /// The threads stand behind all others.
    #[cfg(target_os = "linux")]
    #[tokio::test]
    async fn the_threads_are_nice() {
        let before = rustix::process::getpriority_process(None).unwrap();
        let workers = Workers::start(1, 1).unwrap();
        let theirs = workers.run(|_| rustix::process::getpriority_process(None).unwrap()).await;
        assert_eq!(theirs, Ok(NICE.max(before)));
        assert_eq!(rustix::process::getpriority_process(None).unwrap(), before);
    }
}
