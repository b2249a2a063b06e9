//! What stands round a route. axum's `from_fn` makes a box of all that comes next, and a copy of it, for each part that stands round it;
//! here parts lie in one another as they are, and each costs one box, its future's.

use axum::{
    extract::Request,
    response::{IntoResponse, Response},
};
use std::{
    convert::Infallible,
    future::Future,
    pin::Pin,
    task::{Context, Poll},
};
use tower::{Layer, Service};

/// Something that stands round whatever answers a request: it may look at both, change them, and answer itself.
pub trait Around: Clone + Send + Sync + 'static {
    fn handle(self, request: Request, next: impl Next) -> impl Future<Output = Response> + Send;
}

/// What comes next, once.
pub trait Next: Send + 'static {
    fn run(self, request: Request) -> impl Future<Output = Response> + Send;
}

impl<S> Next for S
where
    S: Service<Request, Error = Infallible, Response: IntoResponse, Future: Send> + Send + 'static,
{
    async fn run(mut self, request: Request) -> Response {
        // Services of axum are always ready.
        let Ok(response) = self.call(request).await;
        response.into_response()
    }
}

/// Puts something round services.
#[derive(Debug, Clone)]
pub struct Rounded<A>(pub A);

impl<A: Clone, S> Layer<S> for Rounded<A> {
    type Service = With<A, S>;

    fn layer(&self, next: S) -> With<A, S> {
        With { around: self.0.clone(), next }
    }
}

/// A service with something round it.
#[derive(Debug, Clone)]
pub struct With<A, S> {
    around: A,
    next: S,
}

impl<A: Around, S: Service<Request, Error = Infallible> + Next + Clone> Service<Request> for With<A, S> {
    type Response = Response;
    type Error = Infallible;
    type Future = Pin<Box<dyn Future<Output = Result<Response, Infallible>> + Send>>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        self.next.poll_ready(context)
    }

    fn call(&mut self, request: Request) -> Self::Future {
        // The copy stays; the one that has said that it is ready answers.
        let next = self.next.clone();
        let (next, around) = (std::mem::replace(&mut self.next, next), self.around.clone());
        Box::pin(async move { Ok(around.handle(request, next).await) })
    }
}
