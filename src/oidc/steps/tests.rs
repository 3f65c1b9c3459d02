use std::collections::BTreeMap;

use proptest::prelude::*;

use super::*;
use crate::oidc::authentication_context::Wanted;
use crate::oidc::authorization_details::AuthorizationDetail;
use crate::oidc::authorization_request::{ClaimsRequest, Requester, claims_parameter};
use crate::oidc::client::{Party, sample};
use crate::oidc::response_mode::ResponseMode;
use crate::oidc::response_type::ResponseType;

mod persons;
mod table;

const STARTED: Timestamp = Timestamp(10_000);
const TERMS: &str = "2020-06-01";
const ME: &str = "me";
const OTHER: &str = "other";
const NAGANO: &str = "20100";
const AICHI: &str = "10200";

/// The facts of one situation, owned, so that a test can change each of them.
#[derive(Clone, Debug)]
struct Situation {
    request: AuthorizationRequest,
    client: Client,
    progress: Progress,
    session: Option<SessionFacts>,
    successors: BTreeMap<String, String>,
    now: Timestamp,
    terms_in_force_from: Option<Timestamp>,
}

impl Situation {
    fn new() -> Self {
        Self {
            request: request(),
            client: sample(),
            progress: Progress::default(),
            session: None,
            successors: BTreeMap::new(),
            now: Timestamp(STARTED.0 + 10),
            terms_in_force_from: None,
        }
    }

    fn logged_in() -> Self {
        Self {
            session: Some(session(ME)),
            ..Self::new()
        }
    }

    fn third_party() -> Self {
        let mut situation = Self::logged_in();
        situation.client.party = Party::Third;
        situation
    }

    fn prompting(mut self, prompts: &[Prompt]) -> Self {
        self.request.prompt = prompts.to_vec();
        self
    }

    fn asking(mut self, details: &[(Option<&str>, bool)]) -> Self {
        self.request.authorization_details = details
            .iter()
            .map(|&(identifier, optional)| AuthorizationDetail::DealerLink {
                customer_number: None,
                identifier: identifier.map(str::to_owned),
                optional,
            })
            .collect();
        self
    }

    fn linked(mut self, codes: &[&str]) -> Self {
        if let Some(session) = &mut self.session {
            session.linked_dealers = codes.iter().map(|&code| code.to_owned()).collect();
        }
        self
    }

    fn with_a_new_notice_of(mut self, codes: &[&str]) -> Self {
        if let Some(session) = &mut self.session {
            session.dealers_to_reconsent = codes.iter().map(|&code| code.to_owned()).collect();
        }
        self
    }

    fn succeeded(mut self, predecessor: &str, successor: &str) -> Self {
        self.successors
            .insert(predecessor.to_owned(), successor.to_owned());
        self
    }

    fn having(mut self, deed: impl FnOnce(&mut Progress)) -> Self {
        deed(&mut self.progress);
        self
    }

    fn facts(&self) -> Facts<'_> {
        Facts {
            request: &self.request,
            client: &self.client,
            started_at: STARTED,
            progress: &self.progress,
            session: self.session.as_ref(),
            terms_version: TERMS,
            terms_in_force_from: self.terms_in_force_from,
            successors: &self.successors,
            now: self.now,
        }
    }

    fn next(&self) -> Step {
        next(&self.facts())
    }

    fn round(&self) -> ProfileRound {
        profile_round(&self.facts()).unwrap()
    }

    #[track_caller]
    fn granted(&self) -> Access {
        match self.next() {
            Step::Answer(access) => access,
            step => panic!("not answered: {step:?}"),
        }
    }

    #[track_caller]
    fn refused(&self) -> ErrorCode {
        match self.next() {
            Step::Refuse(error) => error.code,
            step => panic!("not refused: {step:?}"),
        }
    }
}

fn request() -> AuthorizationRequest {
    AuthorizationRequest {
        client_id: sample().client_id,
        redirect_uri: "https://rp.example/cb".to_owned(),
        redirect_uri_given: true,
        response_type: ResponseType::Code,
        response_mode: ResponseMode::Query,
        scope: "openid profile".parse().unwrap(),
        state: None,
        nonce: None,
        code_challenge: None,
        prompt: Vec::new(),
        max_age: None,
        login_hint: None,
        hinted_subject: None,
        ui_locales: None,
        claims: ClaimsRequest::default(),
        acr_values: Vec::new(),
        authorization_details: Vec::new(),
        prefill: BTreeMap::new(),
        requester: Requester::Browser { pushed_as: None },
    }
}

/// A session that began before the request arrived.
fn session(account: &str) -> SessionFacts {
    SessionFacts {
        account_id: account.to_owned(),
        subject: format!("sub of {account}"),
        auth_time: Timestamp(STARTED.0 - 100),
        context: AuthenticationContext::OneFactor,
        second_factors: BTreeSet::from([SecondFactor::SentCode]),
        owes_second_step: false,
        terms_version: Some(TERMS.to_owned()),
        granted_scope: None,
        linked_dealers: BTreeSet::new(),
        dealers_to_reconsent: BTreeSet::new(),
        told_numbers: BTreeSet::new(),
        needs_guardian: false,
        known_claims: BTreeSet::new(),
    }
}

fn linked(codes: &[&str]) -> Vec<AuthorizationDetail> {
    codes
        .iter()
        .map(|&code| AuthorizationDetail::linked(code))
        .collect()
}
