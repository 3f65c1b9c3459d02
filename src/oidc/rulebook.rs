//! Lists the rules for each kind of request, in the order in which its endpoint checks
//! them, and derives the result of each. Nothing is checked here: the failed rule is the
//! one named by the error, those before it passed, and those after it were not reached. A
//! test over HTTP proves that the order is that of the endpoints, by correcting a request
//! one rule at a time (`tests/suite/endpoints/debugger/order.rs`).

use serde::Serialize;

use super::authorization_request::CHECKS;
use super::parameters::Parameters;
use super::rule::{self, Rule};

crate::wire_words! {
    /// The endpoints whose requests have rules.
    pub enum Endpoint {
        /// OpenID Connect Core §3.1.2.
        Authorization = "authorization",
        /// The response to an authorization request, after the user's interaction.
        AuthorizationResponse = "authorization response",
        /// RFC 9126 §2.
        PushedAuthorizationRequest = "pushed authorization request",
        /// RFC 6749 §3.2.
        Token = "token",
        /// OpenID Connect Core §5.3.
        UserInfo = "userinfo",
        /// RFC 7662 §2.
        Introspection = "introspection",
        /// RFC 7009 §2.
        Revocation = "revocation",
        /// RFC 8628 §3.1.
        DeviceAuthorization = "device authorization",
        /// OpenID Connect RP-Initiated Logout 1.0 §2.
        EndSession = "end session",
        /// RFC 7591 §3.
        Registration = "registration",
        /// RFC 7592 §2.
        ClientConfiguration = "client configuration",
    }
}

/// How a client identifies itself in a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Proof {
    /// With its client secret.
    Secret,
    /// With a client assertion.
    Assertion,
    /// With its `client_id` alone, or not at all.
    Nothing,
}

crate::wire_words! {
    /// The result of one rule.
    pub enum Verdict {
        /// The rule was checked and is not broken.
        Passed = "passed",
        /// The rule is broken.
        Failed = "failed",
        /// The rule was not checked, or its result is not known yet.
        NotReached = "not reached",
    }
}

/// A rule and its result.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Judged {
    /// The rule.
    #[serde(flatten)]
    pub rule: &'static Rule,
    /// The result of the rule.
    pub verdict: Verdict,
}

/// How a request ended, with respect to the rules.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// It succeeded.
    Answered,
    /// It was valid, and the user's interaction has begun.
    Begun,
    /// It broke this rule.
    Broke(&'static Rule),
    /// It failed for a reason that is not a rule.
    Failed,
}

/// Returns the rules for a request, in order.
#[must_use]
pub fn rules(endpoint: Endpoint, parameters: &Parameters, proof: Proof) -> Vec<&'static Rule> {
    match endpoint {
        Endpoint::Authorization => [
            &[rule::CLIENT, rule::PARAMETERS, rule::OBJECT][..],
            request_object(parameters),
            &[rule::STATE, rule::REDIRECT_URI],
            &checks(),
            &[rule::SILENT, rule::PERSON],
        ]
        .concat(),
        Endpoint::AuthorizationResponse => vec![rule::SILENT, rule::PERSON],
        Endpoint::PushedAuthorizationRequest => [
            &authenticated(proof)[..],
            &[rule::NO_PUSHED_URI, rule::OBJECT],
            request_object(parameters),
            &[rule::STATE, rule::REDIRECT_URI],
            &checks(),
            &[rule::PUSH_LIMIT],
        ]
        .concat(),
        Endpoint::Token => [&authenticated(proof)[..], grant(parameters)].concat(),
        Endpoint::UserInfo => vec![
            rule::PARAMETERS,
            rule::TOKEN_SENT,
            rule::TOKEN_GOOD,
            rule::TOKEN_SCOPE,
            rule::TOKEN_STANDS,
        ],
        Endpoint::Introspection => [
            authenticated(proof),
            vec![rule::CONFIDENTIAL, rule::TOKEN_PARAMETER],
        ]
        .concat(),
        Endpoint::Revocation => [authenticated(proof), vec![rule::TOKEN_PARAMETER]].concat(),
        Endpoint::DeviceAuthorization => {
            [authenticated(proof), checks(), vec![rule::DEVICE_LIMIT]].concat()
        }
        // Parameters that cannot be read count as absent, and are reported last.
        Endpoint::EndSession => vec![rule::HINT, rule::LOGOUT_URI, rule::PARAMETERS],
        Endpoint::Registration => vec![
            rule::JSON_BODY,
            rule::REGISTRATION_OPEN,
            rule::TOKEN_SENT,
            rule::INITIAL_TOKEN,
            rule::REGISTRATION_LIMIT,
            rule::STATEMENT,
            rule::METADATA,
        ],
        Endpoint::ClientConfiguration => vec![
            rule::JSON_BODY,
            rule::TOKEN_SENT,
            rule::REGISTRATION_TOKEN,
            rule::REGISTRATION_OPEN,
            rule::REGISTRATION_LIMIT,
            rule::STATEMENT,
            rule::METADATA,
        ],
    }
}

fn checks() -> Vec<&'static Rule> {
    CHECKS.iter().map(|check| &check.rule).collect()
}

fn authenticated(proof: Proof) -> Vec<&'static Rule> {
    let proven: &[&Rule] = match proof {
        Proof::Secret => &[rule::SECRET],
        Proof::Assertion => &[
            rule::ASSERTION_SIGNATURE,
            rule::ASSERTION_CLAIMS,
            rule::ASSERTION_ONCE,
            rule::ASSERTION_LIMIT,
        ],
        Proof::Nothing => &[],
    };
    let named = [
        rule::PARAMETERS,
        rule::CREDENTIALS,
        rule::CLIENT,
        rule::AUTH_METHOD,
    ];
    [&named, proven].concat()
}

/// Returns the rules for a request that was pushed before or has a request object.
fn request_object(parameters: &Parameters) -> &'static [&'static Rule] {
    let uri = parameters.get("request_uri");
    if uri.is_some_and(|uri| uri.starts_with("urn:")) {
        return &[rule::PUSHED];
    }
    if uri.is_some() || parameters.contains_key("request") {
        return &[rule::OBJECT_SIGNATURE, rule::OBJECT_CLAIMS];
    }
    &[]
}

fn grant(parameters: &Parameters) -> &'static [&'static Rule] {
    match parameters.get("grant_type").map(String::as_str) {
        Some("authorization_code") => &[
            rule::GRANT_TYPE,
            rule::GRANT_PARAMETERS,
            rule::CODE,
            rule::CODE_ONCE,
            rule::CODE_CLIENT,
            rule::CODE_REDIRECT_URI,
            rule::CODE_VERIFIER,
            rule::ACCOUNT,
            rule::STANDS,
        ],
        Some("refresh_token") => &[
            rule::GRANT_TYPE,
            rule::GRANT_PARAMETERS,
            rule::REFRESH_TOKEN,
            rule::REFRESH_SCOPE,
            rule::REFRESH_ONCE,
            rule::STANDS,
            rule::ACCOUNT,
        ],
        Some("client_credentials") => &[rule::GRANT_TYPE, rule::OWN_SCOPE],
        Some("urn:ietf:params:oauth:grant-type:device_code") => &[
            rule::GRANT_TYPE,
            rule::GRANT_PARAMETERS,
            rule::DEVICE_CODE,
            rule::DEVICE_DECISION,
            rule::ACCOUNT,
            rule::STANDS,
        ],
        _ => &[rule::GRANT_TYPE],
    }
}

/// Returns the result of each rule. If the broken rule is not in the list, or the request
/// failed for another reason, it is not known which rules passed.
#[must_use]
pub fn judged(rules: &[&'static Rule], outcome: Outcome) -> Vec<Judged> {
    let reached = match outcome {
        Outcome::Answered => rules.len(),
        Outcome::Begun => rules
            .iter()
            .position(|rule| *rule == rule::SILENT)
            .unwrap_or(rules.len()),
        Outcome::Broke(broken) => rules.iter().position(|rule| *rule == broken).unwrap_or(0),
        Outcome::Failed => 0,
    };
    let judge = |(index, rule): (usize, &&'static Rule)| Judged {
        rule,
        verdict: match outcome {
            Outcome::Broke(broken) if broken == *rule => Verdict::Failed,
            _ if index < reached => Verdict::Passed,
            _ => Verdict::NotReached,
        },
    };
    rules.iter().enumerate().map(judge).collect()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    fn of(endpoint: Endpoint, pairs: &[(&str, &str)], proof: Proof) -> Vec<&'static Rule> {
        let pairs = pairs
            .iter()
            .map(|(n, v)| ((*n).to_owned(), (*v).to_owned()));
        rules(endpoint, &pairs.collect(), proof)
    }

    /// Returns the list of rules of every kind of request.
    fn every_list() -> Vec<Vec<&'static Rule>> {
        let parameters: [&[(&str, &str)]; 8] = [
            &[],
            &[("request_uri", "urn:x")],
            &[("request", "x")],
            &[("request_uri", "https://rp.example/object")],
            &[("grant_type", "authorization_code")],
            &[("grant_type", "refresh_token")],
            &[("grant_type", "client_credentials")],
            &[("grant_type", "urn:ietf:params:oauth:grant-type:device_code")],
        ];
        let mut lists = Vec::new();
        for endpoint in Endpoint::ALL {
            for pairs in parameters {
                for proof in [Proof::Secret, Proof::Assertion, Proof::Nothing] {
                    lists.push(of(*endpoint, pairs, proof));
                }
            }
        }
        lists
    }

    #[test]
    fn no_rule_stands_twice_in_a_list_and_each_stands_in_one() {
        let mut seen = BTreeSet::new();
        for list in every_list() {
            let names: BTreeSet<_> = list.iter().map(|rule| (rule.name, rule.says)).collect();
            assert_eq!(names.len(), list.len(), "{list:?}");
            seen.extend(names);
        }
        for rule in rule::ALL {
            assert!(seen.contains(&(rule.name, rule.says)), "{rule:?}");
        }
    }

    #[test]
    fn what_stands_before_the_broken_rule_was_passed_and_nothing_after_it_was_reached() {
        let list = of(Endpoint::Revocation, &[], Proof::Secret);
        let verdicts = |outcome| -> Vec<Verdict> {
            judged(&list, outcome)
                .iter()
                .map(|judged| judged.verdict)
                .collect()
        };
        use Verdict::{Failed, NotReached, Passed};
        assert_eq!(
            verdicts(Outcome::Broke(rule::AUTH_METHOD)),
            [Passed, Passed, Passed, Failed, NotReached, NotReached]
        );
        assert_eq!(verdicts(Outcome::Answered), [Passed; 6]);
        assert_eq!(verdicts(Outcome::Failed), [NotReached; 6]);
        // The broken rule is not in the list, so no result is known.
        assert_eq!(verdicts(Outcome::Broke(rule::CODE)), [NotReached; 6]);
    }

    #[test]
    fn while_it_is_the_person_s_turn_nothing_is_said_of_them() {
        let list = of(Endpoint::Authorization, &[], Proof::Nothing);
        let judged = judged(&list, Outcome::Begun);
        let open: Vec<_> = judged
            .iter()
            .filter(|judged| judged.verdict == Verdict::NotReached)
            .map(|judged| judged.rule)
            .collect();
        assert_eq!(open, [rule::SILENT, rule::PERSON]);
    }
}
