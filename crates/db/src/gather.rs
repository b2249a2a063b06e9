//! Questions that many requests ask at the same moment, answered by one statement. What is asked while a statement runs goes
//! together into the next; nothing waits for a timer: one who comes alone is answered at once. Every answer is read after it was
//! asked for.

use crate::{Steady, steady::PATIENCE};
use sqlx::{Error, PgConnection, Row, postgres::PgRow};
use std::sync::Arc;
use tokio::{
    sync::{Mutex, mpsc, oneshot},
    time::{Instant, timeout, timeout_at},
};

/// Statements that may run at the same time: one is answered while the next is being collected.
const ASKERS: usize = 2;
/// In one statement at most.
const MOST: usize = 64;
/// How many may wait.
const WAITING: usize = 1024;

/// Something that is asked of the database so often that it is asked for several at once.
pub trait Question: Clone + Send + Sync + Sized + 'static {
    type Answer: Send + 'static;

    /// One answer to each, in their order, or none.
    fn answer(
        connection: &mut PgConnection,
        questions: &[Self],
    ) -> impl Future<Output = Result<Vec<Self::Answer>, Error>> + Send;
}

struct Asked<Q: Question> {
    question: Q,
    answer: oneshot::Sender<Q::Answer>,
}

/// Where one kind of question is asked.
pub struct Gather<Q: Question> {
    sender: mpsc::Sender<Asked<Q>>,
    steady: Steady,
}

impl<Q: Question> Gather<Q> {
    /// Ends with this value.
    pub fn open(steady: &Steady) -> Self {
        let (sender, receiver) = mpsc::channel(WAITING);
        let receiver = Arc::new(Mutex::new(receiver));
        for _ in 0..ASKERS {
            tokio::spawn(ask(Arc::clone(&receiver), steady.clone()));
        }
        Self { sender, steady: steady.clone() }
    }

    pub async fn ask(&self, question: Q) -> Result<Q::Answer, Error> {
        let until = Instant::now() + PATIENCE;
        let (answer, answered) = oneshot::channel();
        let asked = Asked { question: question.clone(), answer };
        self.sender.try_send(asked).map_err(|_| Error::PoolTimedOut)?;
        match timeout_at(until, answered).await {
            Ok(Ok(answer)) => Ok(answer),
            // The statement failed, perhaps by somebody else's question.
            Ok(Err(_)) => Box::pin(self.alone(question)).await,
            Err(_) => Err(Error::PoolTimedOut),
        }
    }

    async fn alone(&self, question: Q) -> Result<Q::Answer, Error> {
        let mut wire = self.steady.acquire().await?;
        let answer = Q::answer(&mut wire, &[question]).await?.pop();
        wire.back();
        answer.ok_or(Error::RowNotFound)
    }
}

/// Each question's rows, where `place` says from one on whose a row is.
pub(crate) fn placed<T>(
    rows: &[PgRow],
    questions: usize,
    read: impl Fn(&PgRow) -> Result<T, Error>,
) -> Result<Vec<Vec<T>>, Error> {
    let mut answers: Vec<Vec<T>> = (0..questions).map(|_| Vec::new()).collect();
    for row in rows {
        let place: i64 = row.try_get("place")?;
        let answer = usize::try_from(place - 1).ok().and_then(|place| answers.get_mut(place));
        answer.ok_or(Error::RowNotFound)?.push(read(row)?);
    }
    Ok(answers)
}

async fn ask<Q: Question>(receiver: Arc<Mutex<mpsc::Receiver<Asked<Q>>>>, steady: Steady) {
    loop {
        let mut asked = Vec::new();
        // The lock is held only while collecting, so the other one collects while this one asks.
        if receiver.lock().await.recv_many(&mut asked, MOST).await == 0 {
            return;
        }
        // Whoever has gone away needs no answer.
        asked.retain(|one| !one.answer.is_closed());
        let (questions, callers): (Vec<_>, Vec<_>) = asked.into_iter().map(|one| (one.question, one.answer)).unzip();
        if questions.is_empty() {
            continue;
        }
        let Ok(mut wire) = steady.acquire().await else { continue };
        let answers = timeout(PATIENCE, Q::answer(&mut wire, &questions)).await;
        let Ok(Ok(answers)) = answers else { continue };
        wire.back();
        for (caller, answer) in callers.into_iter().zip(answers) {
            let _gone = caller.send(answer);
        }
    }
}
