//! The screen once everything answers.

use crate::{place::Place, ports::Door, screen::say, tls::Certificate};

pub fn show(place: &Place, door: Door, certificate: &Certificate) {
    let url = door.url();
    let authority = place.short(&certificate.authority);
    let sandbox = crate::ports::SANDBOX;
    if door.https != 443 {
        say(&format!(
            "\n  Port 443 cannot be had here (it takes root, or somebody else has it), so it is {}.",
            door.https
        ));
    }
    say(&format!(
        "
  Connectors answers at {url}

    console           {url}/  (create an account, connect something)
    API               {url}/docs  ({url}/openapi.json)
    sign-in           {url}/api/auth/ok
    sandbox           http://127.0.0.1:{sandbox}/  (the vendors' stand-in)
    mail              http://127.0.0.1:{sandbox}/_mail  (whatever would have been sent)
    try               curl --cacert {authority} {url}/providers
    browser           import {authority} as an authority; it can speak for localhost only
    operator token    OPERATOR_TOKENS in .dev/env, with all other settings
    logs              .dev/logs/  (make dev-logs)
    the whole story   make demo
    stop              Ctrl-C, or make dev-down
"
    ));
}
