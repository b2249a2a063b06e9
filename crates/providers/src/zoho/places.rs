//! The data centres. A redirect and a token answer name servers, and our client secret and tokens travel to them: they are
//! compared with this table, character by character, and nothing is made out of them.

use crate::{Endpoints, EndpointsError};
use kernel::Parameters;
use url::Url;

/// What somebody chooses before the start.
const DATA_CENTER: &str = "data_center";
/// What the redirect says, under the names that we keep it.
const LOCATION: &str = "location";
const ACCOUNTS_SERVER: &str = "accounts_server";
/// What a token answer says.
pub(super) const API_DOMAIN: &str = "api_domain";

/// The environments of the CRM: an organization's own, and those it tries things out in. A person picks one on the consent
/// page, and the token is good for that one alone.
const ENVIRONMENTS: [&str; 3] = ["www", "sandbox", "developer"];

/// A data centre, by the hosts of its accounts server and of its API behind the environment.
struct Place {
    name: &'static str,
    accounts: &'static str,
    api: &'static str,
}

const fn place(name: &'static str, accounts: &'static str, api: &'static str) -> Place {
    Place { name, accounts, api }
}

/// <https://www.zoho.com/accounts/protocol/oauth/multi-dc.html>. The first is where a start begins that names none.
static PLACES: [Place; 8] = [
    place("us", "accounts.zoho.com", "zohoapis.com"),
    place("eu", "accounts.zoho.eu", "zohoapis.eu"),
    place("in", "accounts.zoho.in", "zohoapis.in"),
    place("au", "accounts.zoho.com.au", "zohoapis.com.au"),
    place("jp", "accounts.zoho.jp", "zohoapis.jp"),
    place("cn", "accounts.zoho.com.cn", "zohoapis.com.cn"),
    place("ca", "accounts.zohocloud.ca", "zohoapis.ca"),
    place("sa", "accounts.zoho.sa", "zohoapis.sa"),
];

impl Place {
    /// Without a slash at the end, as Zoho writes it. Below a base, the data centre is a segment of the path.
    fn accounts_server(&self, base: Option<&Url>) -> String {
        match base {
            Some(base) => format!("{}/{}", base.as_str().trim_end_matches('/'), self.name),
            None => format!("https://{}", self.accounts),
        }
    }

    fn api_domain(&self, base: Option<&Url>, environment: &str) -> String {
        match base {
            Some(_) => format!("{}/api", self.accounts_server(base)),
            None => format!("https://{environment}.{}", self.api),
        }
    }
}

pub(super) fn names() -> Vec<String> {
    PLACES.iter().map(|place| place.name.to_owned()).collect()
}

/// The name of the data centre whose accounts server this is.
pub(super) fn name_of(base: Option<&Url>, accounts_server: &str) -> Option<&'static str> {
    PLACES.iter().find(|place| place.accounts_server(base) == accounts_server).map(|place| place.name)
}

/// What a redirect says of where its code is known.
pub(super) fn said(query: &Parameters) -> Parameters {
    let kept = [("location", LOCATION), ("accounts-server", ACCOUNTS_SERVER)];
    kept.into_iter().filter_map(|(theirs, ours)| Some((ours, query.get(theirs)?))).collect()
}

/// The addresses of the data centre that the redirect named, else of the one that was chosen, else of the first.
pub(super) fn endpoints(base: Option<&Url>, parameters: &Parameters) -> Result<Endpoints, EndpointsError> {
    let refused = |name: &str| EndpointsError::Refused(name.to_owned());
    let find = |name: &str, is: &dyn Fn(&Place, &str) -> bool| {
        let said = parameters.get(name);
        said.map(|said| PLACES.iter().find(|place| is(place, said)).ok_or_else(|| refused(name))).transpose()
    };
    let chosen = find(DATA_CENTER, &|place, said| place.name == said)?;
    let location = find(LOCATION, &|place, said| place.name == said)?;
    let server = find(ACCOUNTS_SERVER, &|place, said| place.accounts_server(base) == said)?;
    if server.zip(location).is_some_and(|(server, location)| server.name != location.name) {
        return Err(refused(LOCATION));
    }
    let place = server.or(location).or(chosen).unwrap_or(&PLACES[0]);
    let api = match parameters.get(API_DOMAIN) {
        None => place.api_domain(base, ENVIRONMENTS[0]),
        Some(said) => {
            let mut ours = ENVIRONMENTS.iter().map(|environment| place.api_domain(base, environment));
            ours.find(|domain| domain == said).ok_or_else(|| refused(API_DOMAIN))?
        }
    };
    let accounts = place.accounts_server(base);
    Ok(Endpoints {
        authorize: Url::parse(&format!("{accounts}/oauth/v2/auth"))?,
        token: Url::parse(&format!("{accounts}/oauth/v2/token"))?,
        refresh: None,
        revoke: Some(Url::parse(&format!("{accounts}/oauth/v2/token/revoke"))?),
        api: Url::parse(&api)?,
        web: Url::parse(&accounts)?,
        others: Vec::new(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(base: Option<&str>, said: &[(&str, &str)]) -> Result<[String; 3], EndpointsError> {
        let base = base.map(|base| base.parse::<Url>().unwrap());
        let parameters = said.iter().copied().collect();
        let found = endpoints(base.as_ref(), &parameters)?;
        Ok([found.authorize, found.token, found.api].map(String::from))
    }

    fn place_of(said: &[(&str, &str)]) -> Result<&'static str, EndpointsError> {
        let token = at(None, said)?[1].clone();
        Ok(name_of(None, token.strip_suffix("/oauth/v2/token").unwrap()).unwrap())
    }

    /// Who says nothing starts in the United States; the redirect has the last word, whatever was chosen.
    #[test]
    fn a_connection_is_where_the_redirect_says() {
        let addresses = |accounts: &str, api: &str| {
            Ok([
                format!("https://{accounts}/oauth/v2/auth"),
                format!("https://{accounts}/oauth/v2/token"),
                format!("https://{api}/"),
            ])
        };
        assert_eq!(at(None, &[]), addresses("accounts.zoho.com", "www.zohoapis.com"));
        let cn = [("data_center", "cn")];
        assert_eq!(at(None, &cn), addresses("accounts.zoho.com.cn", "www.zohoapis.com.cn"));
        let ca = [("data_center", "us"), ("location", "ca"), ("accounts_server", "https://accounts.zohocloud.ca")];
        assert_eq!(at(None, &ca), addresses("accounts.zohocloud.ca", "www.zohoapis.ca"));
        assert_eq!(place_of(&[("data_center", "us"), ("location", "eu")]), Ok("eu"));
        assert_eq!(place_of(&[("accounts_server", "https://accounts.zoho.sa")]), Ok("sa"));
        for place in &PLACES {
            assert_eq!(place_of(&[("location", place.name)]), Ok(place.name));
        }
    }

    /// A redirect's words are kept under our names, and no others.
    #[test]
    fn a_redirect_says_where_its_code_is_known() {
        let query = [("location", "eu"), ("accounts-server", "https://accounts.zoho.eu"), ("api_domain", "x")];
        let expected = [("location", "eu"), ("accounts_server", "https://accounts.zoho.eu")];
        assert_eq!(said(&query.into_iter().collect()), expected.into_iter().collect());
        assert_eq!(said(&Parameters::default()), Parameters::default());
    }

    /// Z4: whatever is not a server of the table, to the letter, gets neither our secret nor a token.
    #[test]
    fn a_server_that_is_not_in_the_table_is_refused() {
        for hostile in [
            "",
            "https://evil.example",
            "https://accounts.zoho.eu.evil.example",
            "https://evil.example/accounts.zoho.eu",
            "https://accounts.zoho.eu@evil.example",
            "https://evil.example#accounts.zoho.eu",
            "https://evilaccounts.zoho.eu",
            "https://accounts.zoho.evil",
            "http://accounts.zoho.eu",
            "https://accounts.zoho.eu:8443",
            "https://accounts.zoho.eu/",
            "https://accounts.zoho.eu/../x",
            "https://user@accounts.zoho.eu",
            "HTTPS://ACCOUNTS.ZOHO.EU",
            " https://accounts.zoho.eu",
            "accounts.zoho.eu",
            "//accounts.zoho.eu",
            "https://accounts.zoho.eu.",
            "http://127.0.0.1:1",
            "http://127.0.0.1:5003/zoho/eu",
        ] {
            let refused = |name: &str| Err(EndpointsError::Refused(name.to_owned()));
            assert_eq!(at(None, &[("accounts_server", hostile)]), refused("accounts_server"), "{hostile}");
            let said = [("location", "eu"), ("api_domain", hostile)];
            assert_eq!(at(None, &said), refused("api_domain"), "{hostile}");
            assert_eq!(at(None, &[("location", hostile)]), refused("location"), "{hostile}");
            assert_eq!(at(None, &[("data_center", hostile)]), refused("data_center"), "{hostile}");
        }
    }

    /// Words that contradict each other are nobody's redirect, and one data centre's tokens are for its own API.
    #[test]
    fn words_that_contradict_each_other_are_refused() {
        let refused = |name: &str| Err(EndpointsError::Refused(name.to_owned()));
        assert_eq!(
            place_of(&[("location", "us"), ("accounts_server", "https://accounts.zoho.eu")]),
            refused("location")
        );
        assert_eq!(place_of(&[("location", "eu"), ("api_domain", "https://www.zohoapis.com")]), refused("api_domain"));
    }

    /// The CRM has environments to try things out in, each with an API of its own.
    #[test]
    fn an_environment_has_its_own_api() {
        for (environment, expected) in [("sandbox", true), ("developer", true), ("www", true), ("evil", false)] {
            let domain = format!("https://{environment}.zohoapis.eu");
            let found = at(None, &[("location", "eu"), ("api_domain", &domain)]);
            assert_eq!(found.is_ok_and(|found| found[2] == format!("{domain}/")), expected, "{environment}");
        }
    }

    /// Below a base there are the base's servers only: the vendor's own get nothing from a test.
    #[test]
    fn a_base_has_the_only_servers() {
        let base = Some("http://127.0.0.1:5003/zoho/");
        let said =
            [("accounts_server", "http://127.0.0.1:5003/zoho/eu"), ("api_domain", "http://127.0.0.1:5003/zoho/eu/api")];
        let expected =
            ["oauth/v2/auth", "oauth/v2/token", "api"].map(|path| format!("http://127.0.0.1:5003/zoho/eu/{path}"));
        assert_eq!(at(base, &said), Ok(expected));
        for hostile in ["https://accounts.zoho.eu", "http://127.0.0.1:5004/zoho/eu", "http://127.0.0.1:5003/zoho/eu/x"]
        {
            assert!(at(base, &[("accounts_server", hostile)]).is_err(), "{hostile}");
            assert!(at(base, &[("location", "eu"), ("api_domain", hostile)]).is_err(), "{hostile}");
        }
    }
}
