//! A folder's routes. Each says what it does before it can be mounted, and the document repeats it.

use super::doors::{Door, Guard, Permit};
use crate::{App, rights::Action};
use axum::{Router, routing::MethodRouter};
use edge::{Problem, Rounded};
use serde_json::{Value, json};
use std::sync::Arc;
use utoipa::openapi::{
    OpenApi, PathItem,
    path::{Operation, Paths},
};
use utoipa_axum::router::{OpenApiRouter, UtoipaMethodRouter};

/// Under this name an operation of the document says which action an operator token needs.
pub const IN_THE_DOCUMENT: &str = "x-operator-action";

/// What stands before a folder's routes, and what the document says of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Before {
    /// Nothing at all: not even a count.
    Nothing,
    /// The handler's own check of the vendor's signature.
    Signature,
    Door(Door),
    /// The guard of `/mcp`.
    Agents,
}

impl Before {
    /// Under which heading the document has the routes.
    pub fn tag(self) -> &'static str {
        match self {
            Self::Nothing => "service",
            Self::Door(Door::Public) => "public",
            Self::Signature => "hooks",
            Self::Door(Door::Member) => "member",
            Self::Door(Door::OperatorOnly | Door::Operator) => "operator",
            Self::Door(Door::Tenant) => "tenant",
            Self::Agents => "agents",
        }
    }

    /// The ways in, any of which will do; an empty one asks for nothing. Where no action is named, an operator's token opens nothing.
    pub fn security(self, has_action: bool) -> Value {
        let (person, operator) = (json!({"bearer": []}), json!({"bearer": [], "tenant": []}));
        match self {
            Self::Door(Door::Public) if has_action => json!([{}, person, operator]),
            Self::Nothing | Self::Signature | Self::Door(Door::Public) => json!([{}]),
            Self::Door(Door::Member | Door::OperatorOnly) | Self::Agents => json!([person]),
            Self::Door(Door::Operator) => json!([operator]),
            Self::Door(Door::Tenant) => json!([person, operator]),
        }
    }

    /// Whether calls are counted against a quota.
    pub fn is_counted(self) -> bool {
        matches!(self, Self::Door(_) | Self::Agents)
    }

    /// What is refused before a handler is asked.
    pub fn problems(self, has_action: bool) -> Vec<Problem> {
        match self {
            Self::Nothing | Self::Signature => Vec::new(),
            Self::Door(door) => door.problems(has_action),
            Self::Agents => super::mcp::problems(),
        }
    }
}

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

    /// Routes before which nothing stands that could know who calls.
    pub fn unguarded(self, routes: UtoipaMethodRouter<Arc<App>>) -> Self {
        Self(self.0.routes(routes))
    }

    /// A route of these under one more address, where the document has it as an operation of this name.
    pub fn alias(mut self, alias: &Alias, action: Option<Action>, methods: MethodRouter<Arc<App>>) -> Self {
        let paths = &mut self.0.get_openapi_mut().paths.paths;
        if let Some(mut item) = paths.get(alias.of).cloned() {
            for operation in operations(&mut item) {
                operation.operation_id = Some(alias.operation.to_owned());
                let about = operation.description.take().unwrap_or_default();
                operation.description = Some(format!("The same as `{}`. {about}", alias.of).trim_end().to_owned());
            }
            paths.insert(alias.path.to_owned(), item);
        }
        Self(self.0.route(alias.path, permitted(action, methods)))
    }

    /// Gives a path another spelling in the document.
    pub fn documented(mut self, path: &str, spelling: &str) -> Self {
        let paths = &mut self.0.get_openapi_mut().paths.paths;
        if let Some(item) = paths.remove(path) {
            paths.insert(spelling.to_owned(), item);
        }
        self
    }

    /// What the handlers say of themselves.
    pub fn into_document(self) -> OpenApi {
        self.0.into_openapi()
    }

    /// Shuts the door behind them all. What is not a door has a guard of its own, or none.
    pub fn behind(self, app: &Arc<App>, before: Before) -> Router<Arc<App>> {
        let router = Router::from(self.0);
        match before {
            Before::Door(door) => router.layer(Rounded(Guard { app: Arc::clone(app), door })),
            Before::Nothing | Before::Signature | Before::Agents => router,
        }
    }
}

/// One more address.
pub struct Alias {
    /// The path of the route.
    pub of: &'static str,
    pub path: &'static str,
    /// Its operation id there.
    pub operation: &'static str,
}

fn permitted(action: Option<Action>, methods: MethodRouter<Arc<App>>) -> MethodRouter<Arc<App>> {
    methods.route_layer(Rounded(Permit(action)))
}

fn document(paths: &mut Paths, action: Action) {
    for operation in paths.paths.values_mut().flat_map(operations) {
        let extensions = operation.extensions.get_or_insert_default();
        extensions.insert(IN_THE_DOCUMENT.to_owned(), action.word().into());
    }
}

fn operations(item: &mut PathItem) -> impl Iterator<Item = &mut Operation> {
    let PathItem { get, put, post, delete, options, head, patch, trace, .. } = item;
    [get, put, post, delete, options, head, patch, trace].into_iter().flatten()
}
