//! A folder's routes. Each says what it does before it can be mounted, and the document repeats it.

use super::doors::{Door, guard, permit};
use crate::{App, rights::Action};
use axum::{middleware::from_fn_with_state, routing::MethodRouter};
use std::sync::Arc;
use utoipa::openapi::{PathItem, path::Paths};
use utoipa_axum::router::{OpenApiRouter, UtoipaMethodRouter};

/// Under this name an operation of the document says which action an operator token needs.
const IN_THE_DOCUMENT: &str = "x-operator-action";

/// The routes of one door. There is no way to add one without saying which action it is, or that it is none.
pub struct Routes(OpenApiRouter<Arc<App>>);

impl Routes {
    pub fn new() -> Self {
        Self(OpenApiRouter::new())
    }

    /// Routes for which an operator token needs `action`.
    pub fn needing(self, action: Action, (schemas, mut paths, methods): UtoipaMethodRouter<Arc<App>>) -> Self {
        document(&mut paths, action);
        Self(self.0.routes((schemas, paths, permitted(Some(action), methods))))
    }

    /// Routes that are for anybody or for people, and that never learn of an operator.
    pub fn without_action(self, (schemas, paths, methods): UtoipaMethodRouter<Arc<App>>) -> Self {
        Self(self.0.routes((schemas, paths, permitted(None, methods))))
    }

    /// A route under one more address, which is not documented.
    pub fn alias(self, action: Option<Action>, path: &str, methods: MethodRouter<Arc<App>>) -> Self {
        Self(self.0.route(path, permitted(action, methods)))
    }

    /// Gives a path another spelling in the document.
    pub fn documented(mut self, path: &str, spelling: &str) -> Self {
        let paths = &mut self.0.get_openapi_mut().paths.paths;
        if let Some(item) = paths.remove(path) {
            paths.insert(spelling.to_owned(), item);
        }
        self
    }

    /// Shuts the door behind them all.
    pub fn behind(self, app: &Arc<App>, door: Door) -> OpenApiRouter<Arc<App>> {
        self.0.layer(from_fn_with_state((Arc::clone(app), door), guard))
    }
}

fn permitted(action: Option<Action>, methods: MethodRouter<Arc<App>>) -> MethodRouter<Arc<App>> {
    methods.route_layer(from_fn_with_state(action, permit))
}

fn document(paths: &mut Paths, action: Action) {
    for item in paths.paths.values_mut() {
        let PathItem { get, put, post, delete, options, head, patch, trace, .. } = item;
        for operation in [get, put, post, delete, options, head, patch, trace].into_iter().flatten() {
            let extensions = operation.extensions.get_or_insert_default();
            extensions.insert(IN_THE_DOCUMENT.to_owned(), action.word().into());
        }
    }
}
