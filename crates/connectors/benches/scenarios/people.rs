//! The people whose requests are made: signed up and in, with connected accounts; and pages of signals to be read.

use crate::{
    request::{must, take},
    target::{Names, Place, Target},
};
use futures_util::future::join_all;
use std::io::Write;

pub const PASSWORD: &str = "correct horse battery staple";
const PEOPLE: usize = 16;
/// Of each tenant; so many cursors that no page is asked for all the time.
const PAGES: usize = 10;

pub struct Person {
    pub email: String,
    pub id: String,
    pub session: String,
    pub jwt: String,
}

pub struct Fixtures {
    /// Different in every run: what earlier ones left may still be there.
    pub run: String,
    pub people: Vec<Person>,
    /// Tenant and cursor.
    pub cursors: Vec<(String, String)>,
}

impl Person {
    pub fn names<T>(&self, use_them: impl FnOnce(Names<'_>) -> T) -> T {
        use_them(&[
            ("email", &self.email),
            ("password", PASSWORD),
            ("id", &self.id),
            ("session", &self.session),
            ("jwt", &self.jwt),
        ])
    }

    async fn sign_up(target: &Target, email: String) -> Self {
        let names = [("email", email.as_str()), ("password", PASSWORD), ("name", "Somebody of the benchmark")];
        must(target, "signup", None, &names).await;
        let signed_in = must(target, "signin", None, &names).await;
        let of = |place: &Option<Place>| take(&signed_in, place.as_ref().unwrap());
        let endpoint = target.endpoint("signin");
        let (id, session) = (of(&endpoint.user_id), of(&endpoint.session));
        let jwt = jwt(target, &session).await;
        Self { email, id, session, jwt }
    }
}

async fn jwt(target: &Target, session: &str) -> String {
    let answer = must(target, "token_jwt", None, &[("session", session)]).await;
    take(&answer, target.endpoint("token_jwt").jwt.as_ref().unwrap())
}

impl Fixtures {
    pub async fn make(target: &Target) -> Self {
        let run = kernel::alphanumeric(8).to_lowercase();
        let email = |number: usize| format!("somebody-{number}.{run}@example.test");
        let people = join_all((0..PEOPLE).map(|number| Person::sign_up(target, email(number)))).await;
        let ids: Vec<&str> = people.iter().map(|person| person.id.as_str()).collect();
        let file = std::env::temp_dir().join(format!("people-{run}.json"));
        std::fs::File::create_new(&file).unwrap().write_all(serde_json::json!(ids).to_string().as_bytes()).unwrap();
        target.run("seed", &[("users", file.to_str().unwrap())]);
        std::fs::remove_file(file).unwrap();
        let cursors = join_all(target.tenants.iter().map(|tenant| cursors(target, tenant))).await.concat();
        Self { run, people, cursors }
    }

    /// JWTs end after a while, and a long run has to go on.
    pub async fn renew(&mut self, target: &Target) {
        for person in &mut self.people {
            person.jwt = jwt(target, &person.session).await;
        }
    }
}

/// Where the first pages of a tenant end.
async fn cursors(target: &Target, tenant: &str) -> Vec<(String, String)> {
    let endpoint = target.endpoint("signals");
    let next = Place::Json(endpoint.next.clone().unwrap());
    let (mut found, mut cursor) = (Vec::new(), String::new());
    for _ in 0..PAGES {
        let path = endpoint.cursor_path.as_deref().filter(|_| !cursor.is_empty());
        let page = must(target, "signals", path, &[("tenant", tenant), ("cursor", &cursor)]).await;
        cursor = take(&page, &next);
        found.push((tenant.to_owned(), cursor.clone()));
    }
    found
}
