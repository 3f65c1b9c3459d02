//! The repeated operations. Each worker prepares once (a session, a token), and then
//! repeats its one operation.

use std::thread;

use super::Outcome;
use super::flow::{Login, Visitor, good};
use super::http::Browser;
use super::provider::{Provider, email_of};

/// The result of one operation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Done {
    /// It succeeded.
    Well,
    /// The answer was 503 with `Retry-After`.
    PutOff,
}

/// One operation, ready to be repeated.
pub(crate) type Operation = Box<dyn FnMut() -> Outcome<Done> + Send>;

/// Prepares the operation of the worker with that number.
pub(crate) type Prepare = fn(&Provider, usize) -> Outcome<Operation>;

/// The workloads by their names in `docs/benchmarks.md`.
pub(crate) const WORKLOADS: &[(&str, Prepare)] = &[
    ("discovery", |provider, _| {
        fetching(provider, "/.well-known/openid-configuration")
    }),
    ("jwks", |provider, _| fetching(provider, "/jwks")),
    ("client_credentials", client_credentials),
    ("code_flow", code_flow),
    ("refresh", refresh),
    ("userinfo", userinfo),
    ("introspection", introspection),
    ("login", login),
];

fn fetching(provider: &Provider, target: &'static str) -> Outcome<Operation> {
    let mut browser = Browser::new(provider.address);
    Ok(Box::new(move || {
        good(target, browser.get(target, &[])?)?;
        Ok(Done::Well)
    }))
}

fn visitor(provider: &Provider, worker: usize) -> Visitor {
    Visitor::new(provider.address, email_of(worker))
}

fn client_credentials(provider: &Provider, worker: usize) -> Outcome<Operation> {
    let mut visitor = visitor(provider, worker);
    Ok(Box::new(move || {
        visitor.token(&[("grant_type", "client_credentials")])?;
        Ok(Done::Well)
    }))
}

/// A logged-in person comes from a relying party: authorize, token, userinfo.
fn code_flow(provider: &Provider, worker: usize) -> Outcome<Operation> {
    let mut visitor = visitor(provider, worker);
    visitor.tokens("openid")?;
    Ok(Box::new(move || {
        let tokens = visitor.tokens("openid")?;
        visitor.userinfo(&tokens.access_token)?;
        Ok(Done::Well)
    }))
}

fn refresh(provider: &Provider, worker: usize) -> Outcome<Operation> {
    let mut visitor = visitor(provider, worker);
    let tokens = visitor.tokens("openid offline_access")?;
    let mut token = tokens.refresh_token.ok_or("no refresh token")?;
    Ok(Box::new(move || {
        let tokens =
            visitor.token(&[("grant_type", "refresh_token"), ("refresh_token", &token)])?;
        token = tokens.refresh_token.ok_or("no refresh token")?;
        Ok(Done::Well)
    }))
}

/// Requests a person's claims with one token.
pub(crate) fn userinfo(provider: &Provider, worker: usize) -> Outcome<Operation> {
    let mut visitor = visitor(provider, worker);
    let tokens = visitor.tokens("openid")?;
    Ok(Box::new(move || {
        visitor.userinfo(&tokens.access_token)?;
        Ok(Done::Well)
    }))
}

fn introspection(provider: &Provider, worker: usize) -> Outcome<Operation> {
    let mut visitor = visitor(provider, worker);
    let tokens = visitor.tokens("openid")?;
    Ok(Box::new(move || {
        let answer = visitor.as_client("/introspect", &[("token", &tokens.access_token)])?;
        if answer.body.contains("\"active\":true") {
            Ok(Done::Well)
        } else {
            Err(answer.body.into())
        }
    }))
}

/// Logs in from a browser without cookies each time, up to the code.
pub(crate) fn login(provider: &Provider, worker: usize) -> Outcome<Operation> {
    let mut visitor = visitor(provider, worker);
    Ok(Box::new(move || {
        visitor.browser.forget();
        match visitor.authorize("openid")? {
            Login::Code { .. } => Ok(Done::Well),
            Login::ComeBackLater(wait) => {
                thread::sleep(wait);
                Ok(Done::PutOff)
            }
        }
    }))
}
