//! Tests every branch of `next`, with one situation for each.

use super::*;
use crate::oidc::device_authorization::{Device, UserCode};
use crate::oidc::required_claims::RequiredClaims;

const NO_SESSION: Step = Step::Login(LoginReason::NoSession);
const REQUESTED: Step = Step::Login(LoginReason::Requested);
const OTHER_PERSON: Step = Step::Login(LoginReason::OtherPerson);
const BEFORE_DEALER_LINK: Step = Step::Login(LoginReason::BeforeDealerLink);

fn dealer_link(code: &str) -> Step {
    Step::DealerLink(code.to_owned())
}

#[test]
fn without_a_session_the_person_logs_in() {
    assert_eq!(Situation::new().next(), NO_SESSION);
}

#[test]
fn with_a_session_nothing_is_asked() {
    let granted = Situation::logged_in().granted();
    assert_eq!(granted.scope, "openid profile".parse().unwrap());
    assert!(granted.authorization_details.is_empty() && granted.claims.is_empty());
}

#[test]
fn a_registration_goes_from_terms_to_done() {
    let mut person = Situation::new().prompting(&[Prompt::Create]);
    assert_eq!(person.next(), Step::Terms);
    person.progress.agree_to_terms(TERMS);
    assert_eq!(person.next(), Step::RegistrationEmail);
    person.progress.name_address();
    assert_eq!(person.next(), Step::RegistrationCode);
    person.progress.prove_address();
    assert_eq!(person.next(), Step::RegistrationDetails);
    person.progress.give_details();
    assert_eq!(person.next(), Step::RegistrationConfirmation);
    person.progress.register(ME);
    person.session = Some(session(ME));
    assert_eq!(person.next(), Step::RegistrationComplete);
    person.progress.acknowledge_registration();
    person.granted();
}

#[test]
fn back_to_another_address_voids_the_proof_of_the_first() {
    let mut person = Situation::new().having(|p| {
        p.choose_new();
        p.agree_to_terms(TERMS);
        p.name_address();
        p.prove_registered_address();
    });
    assert_eq!(person.next(), Step::AlreadyRegistered);
    person.progress.withdraw_address();
    assert_eq!(person.next(), Step::RegistrationEmail);
    person.progress.name_address();
    assert_eq!(person.next(), Step::RegistrationCode);
    person.progress.prove_address();
    person.progress.give_details();
    person.progress.withdraw_details();
    assert_eq!(person.next(), Step::RegistrationDetails);
    person.progress.name_address();
    assert_eq!(person.next(), Step::RegistrationCode);
}

#[test]
fn terms_that_change_during_a_registration_are_asked_again() {
    let person = Situation::new().prompting(&[Prompt::Create]).having(|p| {
        p.agree_to_terms("2019-01-01");
        p.name_address();
        p.prove_address();
        p.give_details();
    });
    assert_eq!(person.next(), Step::Terms);
}

#[test]
fn the_persons_word_on_having_an_account_overrides_the_clients() {
    let create = Situation::logged_in().prompting(&[Prompt::Create]);
    assert_eq!(create.next(), Step::Terms);
    create.clone().having(Progress::choose_existing).granted();
    let nobody = Situation {
        session: None,
        ..create
    };
    assert_eq!(nobody.having(Progress::choose_existing).next(), NO_SESSION);
    assert_eq!(
        Situation::new().having(Progress::choose_new).next(),
        Step::Terms
    );
}

#[test]
fn who_registers_with_an_address_that_has_an_account_may_log_in() {
    let mut person = Situation::new().prompting(&[Prompt::Create]).having(|p| {
        p.agree_to_terms(TERMS);
        p.name_address();
        p.prove_registered_address();
    });
    assert_eq!(person.next(), Step::AlreadyRegistered);
    person.progress.choose_existing();
    assert_eq!(person.next(), NO_SESSION);
    person.progress.authenticate(ME, person.now);
    person.session = Some(session(ME));
    person.granted();
}

#[test]
fn a_login_in_a_second_tab_ends_a_registration_begun_in_the_first() {
    let mut person = Situation::new().having(Progress::choose_new);
    person.progress.authenticate(ME, person.now);
    person.session = Some(session(ME));
    person.granted();
}

#[test]
fn a_second_registration_in_one_interaction_is_not_begun() {
    let person = Situation::logged_in()
        .prompting(&[Prompt::Create])
        .having(|p| {
            p.register(ME);
            p.acknowledge_registration();
            p.choose_new();
        });
    person.granted();
}

#[test]
fn who_loses_the_session_after_registering_logs_in_and_sees_it_done() {
    let mut person = Situation::new()
        .prompting(&[Prompt::Create])
        .having(|p| p.register(ME));
    assert_eq!(person.next(), NO_SESSION);
    person.session = Some(session(OTHER));
    person.granted();
    person.session = Some(session(ME));
    assert_eq!(person.next(), Step::RegistrationComplete);
}

#[test]
fn prompt_login_is_satisfied_once_by_the_same_account() {
    let person = Situation::logged_in().prompting(&[Prompt::Login]);
    assert_eq!(person.next(), REQUESTED);
    person
        .clone()
        .having(|p| p.authenticate(ME, STARTED))
        .granted();
    assert_eq!(
        person
            .clone()
            .having(|p| p.authenticate(OTHER, STARTED))
            .next(),
        REQUESTED
    );
    assert_eq!(
        person
            .having(|p| p.authenticate(ME, Timestamp(STARTED.0 - 1)))
            .next(),
        REQUESTED
    );
}

#[test]
fn max_age_is_measured_from_the_last_authentication() {
    let mut person = Situation::logged_in();
    for (max_age, step) in [
        (0, Some(REQUESTED)),
        (109, Some(REQUESTED)),
        (110, None),
        (u64::MAX, None),
    ] {
        person.request.max_age = Some(max_age);
        match step {
            Some(step) => assert_eq!(person.next(), step, "{max_age}"),
            None => drop(person.granted()),
        }
    }
}

#[test]
fn max_age_is_asked_once_however_long_the_other_pages_take() {
    let mut person = Situation::logged_in().having(|p| p.authenticate(ME, STARTED));
    person.request.max_age = Some(1);
    person.now = Timestamp(STARTED.0 + 3000);
    person.granted();
}

#[test]
fn max_age_0_asks_even_within_the_second() {
    let mut person = Situation::logged_in();
    person.request.max_age = Some(0);
    if let Some(session) = &mut person.session {
        session.auth_time = person.now;
    }
    assert_eq!(person.next(), REQUESTED);
}

#[test]
fn a_registration_is_authentication_enough_for_the_client() {
    let mut person = Situation::logged_in()
        .prompting(&[Prompt::Create, Prompt::Login, Prompt::SelectAccount])
        .having(|p| {
            p.register(ME);
            p.acknowledge_registration();
        });
    person.request.max_age = Some(0);
    person.granted();
}

#[test]
fn the_person_the_client_named_is_asked_to_log_in() {
    let mut person = Situation::logged_in();
    person.request.hinted_subject = Some("sub of me".to_owned());
    person.granted();
    person.session = Some(session(OTHER));
    assert_eq!(person.next(), OTHER_PERSON);
    person.progress.authenticate(OTHER, person.now);
    assert_eq!(person.next(), OTHER_PERSON);
    let mut by_claims = Situation::logged_in();
    by_claims.request.claims =
        claims_parameter::parse(r#"{"id_token":{"sub":{"value":"x"}}}"#).unwrap();
    assert_eq!(by_claims.next(), OTHER_PERSON);
}

#[test]
fn an_account_is_selected_once() {
    let person = Situation::logged_in().prompting(&[Prompt::SelectAccount]);
    assert_eq!(person.next(), Step::SelectAccount);
    person.clone().having(|p| p.select_account(ME)).granted();
    person
        .clone()
        .having(|p| p.authenticate(ME, STARTED))
        .granted();
    assert_eq!(
        person.having(|p| p.select_account(OTHER)).next(),
        Step::SelectAccount
    );
}

#[test]
fn changed_terms_are_agreed_to_again() {
    let mut person = Situation::logged_in();
    for agreed in [None, Some("2019-01-01".to_owned())] {
        if let Some(session) = &mut person.session {
            session.terms_version = agreed;
        }
        assert_eq!(person.next(), Step::Terms);
    }
}

#[test]
fn terms_that_are_not_in_force_yet_may_wait() {
    let mut person = Situation::logged_in();
    person.session.as_mut().unwrap().terms_version = Some("2019-01-01".to_owned());
    person.terms_in_force_from = Some(Timestamp(person.now.0 + 60));
    // A user with a session is not asked; a user who logs in is asked once.
    person.granted();
    person.progress.authenticate(ME, person.now);
    assert_eq!(person.next(), Step::Terms);
    let silent = person.clone().prompting(&[Prompt::None]);
    silent.granted();
    person.progress.postpone_terms(OTHER);
    assert_eq!(person.next(), Step::Terms, "another's answer");
    person.progress.postpone_terms(ME);
    person.granted();
    person.now = Timestamp(person.now.0 + 60);
    assert_eq!(person.next(), Step::Terms, "from now on they hold");
}

#[test]
fn who_never_agreed_to_any_terms_cannot_put_them_off() {
    let mut person = Situation::logged_in();
    person.session.as_mut().unwrap().terms_version = None;
    person.terms_in_force_from = Some(Timestamp(person.now.0 + 60));
    person.progress.postpone_terms(ME);
    assert_eq!(person.next(), Step::Terms);
}

#[test]
fn a_third_party_asks_for_consent_and_it_is_remembered() {
    let asked: Scope = "openid profile".parse().unwrap();
    let mut person = Situation::third_party();
    assert_eq!(person.next(), Step::Consent(asked.clone()));
    assert_eq!(
        person
            .clone()
            .having(|p| p.consent(ME, asked.clone()))
            .granted()
            .scope,
        asked
    );
    assert_eq!(
        person
            .clone()
            .having(|p| p.consent(OTHER, asked.clone()))
            .next(),
        Step::Consent(asked.clone())
    );
    if let Some(session) = &mut person.session {
        session.granted_scope = Some("openid profile email".parse().unwrap());
    }
    assert_eq!(person.granted().scope, asked);
    let again = person.prompting(&[Prompt::Consent]);
    assert_eq!(again.next(), Step::Consent(asked.clone()));
    again.having(|p| p.consent(ME, asked)).granted();
}

#[test]
fn a_consent_that_does_not_cover_what_is_asked_is_asked_again() {
    let mut person = Situation::third_party();
    if let Some(session) = &mut person.session {
        session.granted_scope = Some("openid".parse().unwrap());
    }
    assert_eq!(
        person.next(),
        Step::Consent("openid profile".parse().unwrap())
    );
}

#[test]
fn a_client_of_ours_never_asks_for_consent() {
    Situation::logged_in()
        .prompting(&[Prompt::Consent])
        .granted();
}

#[test]
fn a_third_party_gets_no_more_than_was_consented_to() {
    let mut person = Situation::third_party()
        .asking(&[(Some(NAGANO), true)])
        .linked(&[NAGANO]);
    person.request.claims =
        claims_parameter::parse(r#"{"userinfo":{"email":null,"birthdate":null}}"#).unwrap();
    assert_eq!(
        person.next(),
        Step::Consent("dealer_link email openid profile".parse().unwrap())
    );
    let granted = person
        .clone()
        .having(|p| p.consent(ME, "profile".parse().unwrap()))
        .granted();
    assert_eq!(granted.scope, "openid profile".parse().unwrap());
    assert_eq!(granted.claims.names().collect::<Vec<_>>(), ["birthdate"]);
    assert!(granted.authorization_details.is_empty());
    let granted = person
        .clone()
        .having(|p| p.consent(ME, "email dealer_link".parse().unwrap()))
        .granted();
    assert_eq!(granted.scope, "openid".parse().unwrap());
    assert_eq!(granted.claims.names().collect::<Vec<_>>(), ["email"]);
    assert_eq!(granted.authorization_details, linked(&[NAGANO]));
    let required = person
        .asking(&[(Some(NAGANO), false)])
        .having(|p| p.consent(ME, "openid".parse().unwrap()));
    assert_eq!(required.refused(), ErrorCode::AccessDenied);
}

#[test]
fn what_a_newer_version_was_asked_and_this_one_does_not_understand_is_not_answered() {
    let mut person = Situation::logged_in()
        .asking(&[(Some(NAGANO), false)])
        .linked(&[NAGANO]);
    let detail = serde_json::from_str(r#"{"type":"payment"}"#).unwrap();
    person.request.authorization_details.push(detail);
    assert_eq!(person.refused(), ErrorCode::TemporarilyUnavailable);
}

#[test]
fn a_dealer_linked_already_is_granted_silently() {
    let person = Situation::logged_in()
        .asking(&[(Some(NAGANO), false)])
        .linked(&[AICHI, NAGANO]);
    assert_eq!(person.granted().authorization_details, linked(&[NAGANO]));
}

#[test]
fn after_a_registration_the_dealer_link_waits_for_a_login() {
    let mut person = Situation::logged_in()
        .prompting(&[Prompt::Create])
        .asking(&[(Some(NAGANO), false)])
        .having(|p| {
            p.register(ME);
            p.acknowledge_registration();
        });
    assert_eq!(person.next(), dealer_link(NAGANO));
    person.progress.agree_to_dealer(ME, NAGANO);
    assert_eq!(person.next(), BEFORE_DEALER_LINK);
    person.progress.authenticate(ME, person.now);
    assert_eq!(person.next(), Step::ActivateDealerLink(NAGANO.to_owned()));
    person.progress.link_dealer(ME, NAGANO);
    let mut person = person.linked(&[NAGANO]);
    assert_eq!(person.next(), Step::DealerLinkComplete(NAGANO.to_owned()));
    person.progress.acknowledge_dealer_link(ME, NAGANO);
    assert_eq!(person.granted().authorization_details, linked(&[NAGANO]));
}

#[test]
fn a_login_in_this_interaction_is_fresh_enough_for_a_dealer() {
    let mut person = Situation::logged_in()
        .asking(&[(Some(NAGANO), false)])
        .having(|p| p.authenticate(ME, STARTED));
    assert_eq!(person.next(), dealer_link(NAGANO));
    person.progress.agree_to_dealer(ME, NAGANO);
    assert_eq!(person.next(), Step::ActivateDealerLink(NAGANO.to_owned()));
}

#[test]
fn a_session_alone_is_not_fresh_enough_for_a_dealer() {
    let person = Situation::logged_in()
        .asking(&[(Some(NAGANO), false)])
        .having(|p| p.agree_to_dealer(ME, NAGANO));
    assert_eq!(person.next(), BEFORE_DEALER_LINK);
}

#[test]
fn another_persons_answers_about_a_dealer_count_for_nothing() {
    let mut person = Situation::logged_in()
        .asking(&[(Some(NAGANO), false)])
        .having(|p| {
            p.agree_to_dealer(ME, NAGANO);
            p.authenticate(OTHER, STARTED);
        });
    person.session = Some(session(OTHER));
    assert_eq!(person.next(), dealer_link(NAGANO));
    let declined = person.clone().having(|p| p.decline_dealer(ME, NAGANO));
    assert_eq!(declined.next(), dealer_link(NAGANO));
    let chosen = Situation {
        session: Some(session(OTHER)),
        ..Situation::new()
    }
    .asking(&[(None, false)])
    .having(|p| {
        p.choose_dealer(ME, NAGANO);
        p.decline_dealer_choice("third");
    });
    assert_eq!(chosen.next(), Step::ChooseDealer);
    let linked_by_me = person
        .linked(&[NAGANO])
        .having(|p| p.link_dealer(ME, NAGANO));
    linked_by_me.granted();
}

#[test]
fn a_declined_dealer_is_left_out_or_refuses_the_request() {
    let declined = |p: &mut Progress| p.decline_dealer(ME, NAGANO);
    let optional = Situation::logged_in()
        .asking(&[(Some(NAGANO), true)])
        .having(declined);
    assert!(optional.granted().authorization_details.is_empty());
    let required = Situation::logged_in()
        .asking(&[(Some(NAGANO), false)])
        .having(declined);
    assert_eq!(required.refused(), ErrorCode::AccessDenied);
}

#[test]
fn the_last_word_on_a_dealer_counts() {
    let mut person = Situation::logged_in()
        .asking(&[(Some(NAGANO), true)])
        .having(|p| {
            p.decline_dealer(ME, NAGANO);
            p.agree_to_dealer(ME, NAGANO);
        });
    assert_eq!(person.next(), BEFORE_DEALER_LINK);
    person.progress.decline_dealer(ME, NAGANO);
    assert!(person.granted().authorization_details.is_empty());
}

#[test]
fn where_no_dealer_is_named_the_person_chooses_one() {
    let mut person = Situation::logged_in()
        .asking(&[(None, false)])
        .having(|p| p.authenticate(ME, STARTED));
    assert_eq!(person.next(), Step::ChooseDealer);
    person.progress.choose_dealer(ME, AICHI);
    assert_eq!(person.next(), dealer_link(AICHI));
    person.progress.choose_dealer(ME, NAGANO);
    assert_eq!(person.next(), dealer_link(NAGANO));
    person.progress.agree_to_dealer(ME, NAGANO);
    assert_eq!(person.next(), Step::ActivateDealerLink(NAGANO.to_owned()));
    person.progress.link_dealer(ME, NAGANO);
    let mut person = person.linked(&[NAGANO]);
    assert_eq!(person.next(), Step::DealerLinkComplete(NAGANO.to_owned()));
    person.progress.acknowledge_dealer_link(ME, NAGANO);
    assert_eq!(person.granted().authorization_details, linked(&[NAGANO]));
}

#[test]
fn where_no_dealer_is_named_all_that_are_linked_are_granted() {
    let person = Situation::logged_in()
        .asking(&[(Some(NAGANO), false), (None, false)])
        .linked(&[NAGANO, AICHI]);
    assert_eq!(
        person.granted().authorization_details,
        linked(&[NAGANO, AICHI])
    );
}

#[test]
fn who_will_not_choose_a_dealer_is_taken_at_their_word() {
    let declined = |p: &mut Progress| {
        p.choose_dealer(ME, NAGANO);
        p.decline_dealer_choice(ME);
    };
    let optional = Situation::logged_in()
        .asking(&[(None, true)])
        .having(declined);
    assert!(optional.granted().authorization_details.is_empty());
    let required = Situation::logged_in()
        .asking(&[(None, false)])
        .having(declined);
    assert_eq!(required.refused(), ErrorCode::AccessDenied);
    assert_eq!(
        required.having(|p| p.choose_dealer(ME, NAGANO)).next(),
        dealer_link(NAGANO)
    );
}

#[test]
fn several_dealers_are_asked_one_after_the_other() {
    let mut person = Situation::logged_in()
        .asking(&[(Some(NAGANO), true), (Some(AICHI), false)])
        .having(|p| p.authenticate(ME, STARTED));
    assert_eq!(person.next(), dealer_link(NAGANO));
    person.progress.decline_dealer(ME, NAGANO);
    assert_eq!(person.next(), dealer_link(AICHI));
    person.progress.agree_to_dealer(ME, AICHI);
    person.progress.link_dealer(ME, AICHI);
    person.progress.acknowledge_dealer_link(ME, AICHI);
    assert_eq!(
        person.linked(&[AICHI]).granted().authorization_details,
        linked(&[AICHI])
    );
}

#[test]
fn a_dealer_linked_in_another_tab_needs_no_second_link() {
    let person = Situation::logged_in()
        .asking(&[(Some(NAGANO), false)])
        .having(|p| p.agree_to_dealer(ME, NAGANO))
        .linked(&[NAGANO]);
    assert_eq!(person.granted().authorization_details, linked(&[NAGANO]));
}

#[test]
fn a_dealer_that_was_succeeded_stands_for_its_successor() {
    let person = Situation::logged_in()
        .asking(&[(Some(NAGANO), false)])
        .succeeded(NAGANO, AICHI);
    assert_eq!(person.next(), dealer_link(AICHI));
    let agreed_before = person.clone().having(|p| {
        p.authenticate(ME, STARTED);
        p.agree_to_dealer(ME, NAGANO);
    });
    assert_eq!(
        agreed_before.next(),
        dealer_link(AICHI),
        "the successor's notice is another"
    );
    let person = person.linked(&[AICHI]);
    assert_eq!(person.granted().authorization_details, linked(&[AICHI]));
    let both = person.asking(&[(Some(NAGANO), true), (Some(AICHI), false)]);
    assert_eq!(both.granted().authorization_details, linked(&[AICHI]));
}

#[test]
fn a_dealer_chosen_and_then_succeeded_stands_for_its_successor() {
    let person = Situation::logged_in()
        .asking(&[(None, false)])
        .having(|p| p.choose_dealer(ME, NAGANO))
        .succeeded(NAGANO, AICHI);
    assert_eq!(person.next(), dealer_link(AICHI));
}

fn child(person: Situation) -> Situation {
    let mut person = person;
    person.session.as_mut().unwrap().needs_guardian = true;
    person
}

#[test]
fn a_child_is_told_to_bring_a_guardian_and_then_has_declined() {
    for named in [Some(NAGANO), None] {
        let told = |optional| {
            let person = child(Situation::logged_in().asking(&[(named, optional)]));
            assert_eq!(person.next(), Step::GuardianNeeded);
            person.having(|p| p.acknowledge_guardian(ME))
        };
        assert!(told(true).granted().authorization_details.is_empty());
        assert_eq!(told(false).refused(), ErrorCode::AccessDenied);
    }
    child(Situation::logged_in()).granted();
}

#[test]
fn a_child_with_a_session_and_no_page_needs_consent_like_anybody() {
    let person = child(Situation::logged_in().asking(&[(Some(NAGANO), false)]));
    let silent = person.prompting(&[Prompt::None]);
    assert_eq!(silent.refused(), ErrorCode::ConsentRequired);
}

#[test]
fn a_link_of_somebody_who_turns_out_to_be_a_child_ends() {
    let mut person = Situation::logged_in()
        .asking(&[(Some(NAGANO), true)])
        .linked(&[NAGANO])
        .having(|p| p.link_dealer(ME, NAGANO));
    assert_eq!(person.next(), Step::DealerLinkComplete(NAGANO.to_owned()));
    person = child(person);
    assert_eq!(person.next(), Step::EndDealerLinks);
    person.progress.end_for_guardian(ME, NAGANO);
    person.session.as_mut().unwrap().linked_dealers.clear();
    assert_eq!(person.next(), Step::GuardianNeeded);
    person.progress.acknowledge_guardian(ME);
    assert!(person.granted().authorization_details.is_empty());
    // A link that was agreed to but is not in force yet does not count either.
    let pending = Situation::logged_in()
        .asking(&[(Some(NAGANO), true)])
        .having(|p| p.agree_to_dealer(ME, NAGANO))
        .having(|p| p.authenticate(ME, STARTED));
    assert_eq!(child(pending).next(), Step::GuardianNeeded);
}

#[test]
fn a_changed_notice_is_read_again_by_those_who_are_linked() {
    let mut person = Situation::logged_in()
        .asking(&[(Some(NAGANO), false)])
        .linked(&[NAGANO])
        .with_a_new_notice_of(&[NAGANO]);
    assert_eq!(person.next(), dealer_link(NAGANO));
    person.progress.agree_to_dealer(ME, NAGANO);
    assert_eq!(person.next(), BEFORE_DEALER_LINK);
    person.progress.authenticate(ME, STARTED);
    assert_eq!(person.next(), Step::ActivateDealerLink(NAGANO.to_owned()));
    person.progress.link_dealer(ME, NAGANO);
    let mut person = person.with_a_new_notice_of(&[]);
    assert_eq!(person.next(), Step::DealerLinkComplete(NAGANO.to_owned()));
    person.progress.acknowledge_dealer_link(ME, NAGANO);
    assert_eq!(person.granted().authorization_details, linked(&[NAGANO]));
}

#[test]
fn a_changed_notice_declined_is_a_dealer_declined_and_not_asked_for_again() {
    let declined = |optional| {
        Situation::logged_in()
            .asking(&[(Some(NAGANO), optional)])
            .linked(&[NAGANO])
            .with_a_new_notice_of(&[NAGANO])
            .having(|p| p.decline_dealer(ME, NAGANO))
    };
    assert_eq!(declined(false).refused(), ErrorCode::AccessDenied);
    assert_eq!(declined(true).granted().authorization_details, []);
}

#[test]
fn where_no_dealer_is_named_a_changed_notice_is_asked_of_each_that_is_linked() {
    let person = Situation::logged_in()
        .asking(&[(None, false)])
        .linked(&[NAGANO, AICHI])
        .with_a_new_notice_of(&[NAGANO]);
    assert_eq!(person.next(), dealer_link(NAGANO));
    let person = person.having(|p| p.decline_dealer(ME, NAGANO));
    assert_eq!(person.granted().authorization_details, linked(&[AICHI]));
    let only = person.linked(&[NAGANO]);
    assert_eq!(only.refused(), ErrorCode::AccessDenied);
}

#[test]
fn everything_comes_in_order() {
    let mut person = Situation::third_party()
        .prompting(&[Prompt::Login, Prompt::SelectAccount, Prompt::Consent])
        .asking(&[(Some(NAGANO), false)]);
    if let Some(session) = &mut person.session {
        session.terms_version = None;
    }
    person.request.hinted_subject = Some("sub of me".to_owned());
    let consent = Step::Consent("dealer_link openid profile".parse().unwrap());
    assert_eq!(person.next(), REQUESTED);
    person.progress.authenticate(ME, person.now);
    assert_eq!(person.next(), Step::Terms);
    person.session = Some(session(ME));
    assert_eq!(person.next(), consent);
    person
        .progress
        .consent(ME, "dealer_link openid profile".parse().unwrap());
    assert_eq!(person.next(), dealer_link(NAGANO));
}

#[test]
fn with_prompt_none_what_would_be_a_page_is_an_error() {
    let none = |situation: Situation| situation.prompting(&[Prompt::None]);
    assert_eq!(none(Situation::new()).refused(), ErrorCode::LoginRequired);
    none(Situation::logged_in()).granted();
    let mut old = none(Situation::logged_in());
    old.request.max_age = Some(1);
    assert_eq!(old.refused(), ErrorCode::LoginRequired);
    let mut other = none(Situation::logged_in());
    other.request.hinted_subject = Some("sub of other".to_owned());
    assert_eq!(other.refused(), ErrorCode::LoginRequired);
    assert_eq!(
        none(Situation::third_party()).refused(),
        ErrorCode::ConsentRequired
    );
    assert_eq!(
        none(
            Situation::logged_in()
                .asking(&[(None, true)])
                .linked(&[NAGANO])
                .with_a_new_notice_of(&[NAGANO])
        )
        .refused(),
        ErrorCode::ConsentRequired
    );
    assert_eq!(
        none(Situation::logged_in().asking(&[(Some(NAGANO), false)])).refused(),
        ErrorCode::ConsentRequired
    );
    assert_eq!(
        none(Situation::logged_in().asking(&[(None, false)])).refused(),
        ErrorCode::ConsentRequired
    );
    let mut terms = none(Situation::logged_in());
    if let Some(session) = &mut terms.session {
        session.terms_version = None;
    }
    assert_eq!(terms.refused(), ErrorCode::InteractionRequired);
    let linked = none(
        Situation::logged_in()
            .asking(&[(None, false)])
            .linked(&[NAGANO]),
    );
    linked.granted();
    let choosing = Situation::logged_in().prompting(&[Prompt::None, Prompt::SelectAccount]);
    assert_eq!(choosing.refused(), ErrorCode::AccountSelectionRequired);
}

#[test]
fn progress_is_read_back_as_it_was_stored() {
    let mut progress = Progress::default();
    progress.agree_to_terms(TERMS);
    progress.authenticate(ME, STARTED);
    progress.consent(ME, "openid".parse().unwrap());
    progress.agree_to_dealer(ME, NAGANO);
    progress.decline_dealer(ME, AICHI);
    progress.choose_dealer(ME, NAGANO);
    progress.link_dealer(OTHER, NAGANO);
    let json = serde_json::to_string(&progress).unwrap();
    assert_eq!(serde_json::from_str::<Progress>(&json).unwrap(), progress);
    assert_eq!(
        serde_json::from_str::<Progress>("{}").unwrap(),
        Progress::default()
    );
}

pub(super) fn of_a_device(person: Situation) -> Situation {
    let device = Device {
        request: "hash".to_owned(),
        user_code: UserCode::read("WDJB-MJHT").unwrap(),
    };
    let mut person = person;
    person.request.requester = Requester::Device(device);
    person
}

#[test]
fn whether_the_device_is_ones_own_is_asked_before_anything_else() {
    for person in [Situation::new(), Situation::logged_in()] {
        let mut person = of_a_device(person.prompting(&[Prompt::Login]));
        assert_eq!(person.next(), Step::ConfirmDevice);
        let who = person.session.as_ref().map(|s| s.account_id.as_str());
        person.progress.confirm_device(who);
        assert!(matches!(person.next(), Step::Login(_)));
    }
}

#[test]
fn a_device_confirmed_before_the_login_is_confirmed_for_whoever_logs_in_there() {
    let mut person = of_a_device(Situation::new()).having(|p| p.confirm_device(None));
    assert_eq!(person.next(), NO_SESSION);
    person.progress.authenticate(ME, person.now);
    person.session = Some(session(ME));
    person.granted();
    person.session = Some(session(OTHER));
    assert_eq!(person.next(), Step::ConfirmDevice);
}

#[test]
fn a_device_confirmed_by_one_is_not_confirmed_by_another() {
    let mut person = of_a_device(Situation::logged_in()).having(|p| p.confirm_device(Some(ME)));
    person.granted();
    person.session = Some(session(OTHER));
    assert_eq!(person.next(), Step::ConfirmDevice);
}

#[test]
fn two_steps_at_every_login_are_owed_to_every_client_and_cannot_be_declined() {
    let mut person = Situation::logged_in();
    person.session.as_mut().unwrap().owes_second_step = true;
    assert_eq!(person.next(), CODE_OWED);
    let mut person = person.having(|p| p.decline_second_factor(ME));
    assert_eq!(person.next(), CODE_OWED);
    person
        .session
        .as_mut()
        .unwrap()
        .second_factors
        .insert(SecondFactor::App);
    assert_eq!(person.next(), Step::SecondFactor(SecondFactor::App));
    // Nobody could ever take it.
    person.session.as_mut().unwrap().second_factors.clear();
    assert_ne!(person.next(), CODE_OWED);
}

pub(super) const CODE: &str = "https://id.toyota.jp/acr/password-and-code";
pub(super) const CODE_OWED: Step = Step::SecondFactor(SecondFactor::SentCode);
const PWD: &str = "urn:oasis:names:tc:SAML:2.0:ac:classes:PasswordProtectedTransport";

pub(super) fn by_values(person: Situation, values: &[&str]) -> Situation {
    let mut person = person;
    person.request.acr_values = values.iter().map(|&value| value.to_owned()).collect();
    person
}

pub(super) fn essential(person: Situation, values: &[&str]) -> Situation {
    let mut person = person;
    let claim = serde_json::json!({"id_token": {"acr": {"essential": true, "values": values}}});
    person.request.claims = claims_parameter::parse(&claim.to_string()).unwrap();
    person
}

fn with_code(person: Situation) -> Situation {
    let mut person = person;
    if let Some(session) = &mut person.session {
        session.context = AuthenticationContext::TwoFactors;
    }
    person
}

#[test]
fn a_stronger_authentication_is_owed_only_where_it_is_the_best_that_is_asked_for() {
    for (values, owed) in [
        (&[][..], false),
        (&[PWD], false),
        (&["0", "unknown"], false),
        (&[PWD, CODE], false),
        (&[CODE], true),
        (&["unknown", CODE], true),
        (&[CODE, PWD], true),
    ] {
        let person = by_values(Situation::logged_in(), values);
        assert_eq!(person.next() == CODE_OWED, owed, "{values:?}");
        with_code(person).granted();
        if values.is_empty() {
            continue;
        }
        let person = essential(Situation::logged_in(), values);
        assert_eq!(person.next() == CODE_OWED, owed, "{values:?}");
        with_code(person).granted();
    }
}

#[test]
fn a_code_that_cannot_be_had_is_no_obstacle_to_a_voluntary_wish() {
    let mut person = by_values(Situation::logged_in(), &[CODE]);
    person
        .clone()
        .having(|p| p.decline_second_factor(ME))
        .granted();
    let other = person.clone().having(|p| p.decline_second_factor(OTHER));
    assert_eq!(other.next(), CODE_OWED);
    person.session.as_mut().unwrap().second_factors.clear();
    person.granted();
}

#[test]
fn a_code_that_cannot_be_had_ends_an_essential_one() {
    let mut person = essential(Situation::logged_in(), &[CODE]);
    let declined = person.clone().having(|p| p.decline_second_factor(ME));
    let unmet = ErrorCode::UnmetAuthenticationRequirements;
    assert_eq!(declined.refused(), unmet);
    person.session.as_mut().unwrap().second_factors.clear();
    assert_eq!(person.refused(), unmet);
    essential(Situation::logged_in(), &[CODE, PWD])
        .having(|p| p.decline_second_factor(ME))
        .granted();
}

#[test]
fn silently_a_wish_is_passed_over_and_a_demand_is_a_login_that_is_required() {
    let silent = || Situation::logged_in().prompting(&[Prompt::None]);
    by_values(silent(), &[CODE]).granted();
    essential(silent(), &[CODE, PWD]).granted();
    let refused = essential(silent(), &[CODE]).refused();
    assert_eq!(refused, ErrorCode::LoginRequired);
    with_code(essential(silent(), &[CODE])).granted();
}

#[test]
fn a_code_counts_only_with_a_password_that_is_fresh_enough() {
    let mut person = with_code(by_values(Situation::logged_in(), &[CODE]));
    person.request.max_age = Some(60);
    assert_eq!(person.next(), REQUESTED);
    person.progress.authenticate(ME, person.now);
    person.session = Some(session(ME));
    assert_eq!(person.next(), CODE_OWED);
    with_code(person).granted();
}

#[test]
fn the_code_is_asked_of_whoever_goes_on_and_before_any_consent() {
    let person = by_values(Situation::third_party(), &[CODE]);
    assert_eq!(person.next(), CODE_OWED);
    let choosing = person.prompting(&[Prompt::SelectAccount]);
    assert_eq!(choosing.next(), Step::SelectAccount);
}

pub(super) fn needing_birthdate(person: Situation) -> Situation {
    let mut person = person;
    let claim = serde_json::json!({"userinfo": {"birthdate": {"essential": true}}});
    person.request.claims = claims_parameter::parse(&claim.to_string()).unwrap();
    person
}

fn needing_by_registration(person: Situation, claims: &[RequiredClaim]) -> Situation {
    let mut person = person;
    person.client.required_claims = Some(RequiredClaims {
        version: "2026-11".to_owned(),
        claims: claims.to_vec(),
    });
    person
}

#[test]
fn what_the_service_needs_is_asked_shown_saved_and_not_asked_again() {
    let mut person = needing_birthdate(Situation::logged_in());
    assert_eq!(person.next(), Step::CompleteProfile);
    person.progress.fill_in_profile(ME);
    assert_eq!(person.next(), Step::ProfileConfirmation);
    person.progress.withdraw_profile();
    assert_eq!(person.next(), Step::CompleteProfile);
    person.progress.fill_in_profile(ME);
    let claims = person.round().claims;
    person.progress.complete_profile(ME, &claims);
    let session = person.session.as_mut().unwrap();
    session.known_claims.insert(RequiredClaim::Birthdate);
    assert_eq!(person.next(), Step::ProfileComplete);
    person.progress.acknowledge_profile();
    person.granted();
}

#[test]
fn what_is_known_already_is_not_asked() {
    let mut person = needing_birthdate(Situation::logged_in());
    let session = person.session.as_mut().unwrap();
    session.known_claims.insert(RequiredClaim::Birthdate);
    person.granted();
}

#[test]
fn a_claim_that_is_only_wished_for_is_not_asked() {
    let mut person = Situation::logged_in();
    person.request.claims = claims_parameter::parse(r#"{"userinfo":{"birthdate":null}}"#).unwrap();
    person.granted();
}

#[test]
fn what_a_client_registered_is_needed_whatever_it_asks() {
    let person = needing_by_registration(Situation::logged_in(), &[RequiredClaim::Address]);
    assert_eq!(person.next(), Step::CompleteProfile);
    let none = needing_by_registration(Situation::logged_in(), &[]);
    none.granted();
}

/// Saves the page that is shown, and leaves ⑭.
fn save_page(person: &mut Situation) {
    let claims = person.round().claims;
    person.progress.fill_in_profile(ME);
    person.progress.complete_profile(ME, &claims);
    let session = person.session.as_mut().unwrap();
    session.known_claims.extend(claims);
    assert_eq!(person.next(), Step::ProfileComplete);
    person.progress.acknowledge_profile();
}

const MUCH: [RequiredClaim; 4] = [
    RequiredClaim::Name,
    RequiredClaim::PhoneNumber,
    RequiredClaim::Address,
    RequiredClaim::Birthdate,
];

#[test]
fn much_that_is_missing_is_asked_for_page_by_page() {
    let mut person = needing_by_registration(Situation::logged_in(), &MUCH);
    let round = person.round();
    let first = [RequiredClaim::Name, RequiredClaim::Birthdate];
    assert_eq!((round.claims, round.done, round.left), (first.into(), 0, 2));
    save_page(&mut person);
    assert_eq!(person.next(), Step::CompleteProfile);
    let round = person.round();
    let second = [RequiredClaim::PhoneNumber, RequiredClaim::Address];
    assert_eq!(
        (round.claims, round.done, round.left),
        (second.into(), 1, 1)
    );
    save_page(&mut person);
    person.granted();
}

#[test]
fn little_that_is_missing_is_asked_for_beside_all_that_is_known() {
    let mut person = needing_by_registration(Situation::logged_in(), &MUCH);
    let session = person.session.as_mut().unwrap();
    session.known_claims = [RequiredClaim::Name, RequiredClaim::Birthdate].into();
    let round = person.round();
    assert_eq!((round.claims, round.left), (MUCH.into(), 1));
}

#[test]
fn a_list_that_grows_midway_asks_once_more_for_what_is_new() {
    let mut person = needing_by_registration(Situation::logged_in(), &[MUCH[0], MUCH[2]]);
    save_page(&mut person);
    person = needing_by_registration(person, &MUCH);
    let round = person.round();
    assert!(round.claims.contains(&RequiredClaim::Birthdate));
    assert_eq!((round.done, round.left), (1, 2));
    save_page(&mut person);
    assert_eq!(person.round().done, 2);
    save_page(&mut person);
    person.granted();
}

#[test]
fn what_was_saved_and_is_unknown_all_the_same_is_not_asked_for_without_end() {
    let mut person = needing_birthdate(Situation::logged_in());
    save_page(&mut person);
    person.session = Some(session(ME));
    person.granted();
    // Another user is asked again, and so is the next request.
    person.session = Some(session(OTHER));
    assert_eq!(person.next(), Step::CompleteProfile);
}

#[test]
fn an_essential_claim_that_nobody_types_needs_nothing() {
    let mut person = Situation::logged_in();
    let claims = r#"{"id_token":{"auth_time":{"essential":true}}}"#;
    person.request.claims = claims_parameter::parse(claims).unwrap();
    assert!(!crate::oidc::required_claims::any(
        &person.request.claims,
        &person.client
    ));
    person.granted();
}

#[test]
fn what_one_person_filled_in_is_not_another_s() {
    let mut person = needing_birthdate(Situation::logged_in());
    person.progress.fill_in_profile(OTHER);
    assert_eq!(person.next(), Step::CompleteProfile);
    let claims = person.round().claims;
    person.progress.complete_profile(OTHER, &claims);
    assert_eq!(person.next(), Step::CompleteProfile);
}

#[test]
fn the_profile_comes_after_the_link_is_in_force_and_before_it_is_told() {
    let mut person = needing_birthdate(Situation::logged_in().asking(&[(Some(NAGANO), false)]));
    assert_eq!(person.next(), dealer_link(NAGANO));
    person.progress.link_dealer(ME, NAGANO);
    let session = person.session.as_mut().unwrap();
    session.linked_dealers.insert(NAGANO.to_owned());
    assert_eq!(person.next(), Step::CompleteProfile);
    let session = person.session.as_mut().unwrap();
    session.known_claims.insert(RequiredClaim::Birthdate);
    assert_eq!(person.next(), Step::DealerLinkComplete(NAGANO.to_owned()));
}

#[test]
fn with_prompt_none_a_profile_that_lacks_something_is_an_error() {
    let person = needing_birthdate(Situation::logged_in().prompting(&[Prompt::None]));
    assert_eq!(person.refused(), ErrorCode::InteractionRequired);
}

#[test]
fn a_session_from_elsewhere_is_of_use_where_it_may_spare_a_login() {
    let of_use = |person: &Situation| could_use_a_session(&person.request, &person.progress);
    let aged = |max_age| {
        let mut person = Situation::new();
        person.request.max_age = max_age;
        person
    };
    for prompt in [Prompt::None, Prompt::SelectAccount, Prompt::Consent] {
        assert!(of_use(&Situation::new().prompting(&[prompt])), "{prompt}");
    }
    assert!(of_use(&Situation::new()) && of_use(&aged(Some(1))));
    // With these prompts, a logged-in user would see the same page.
    for prompt in [Prompt::Login, Prompt::Create] {
        let person = Situation::new().prompting(&[prompt]);
        assert!(!of_use(&person), "{prompt}");
    }
    assert!(!of_use(&aged(Some(0))));
    assert!(!of_use(&Situation::new().having(Progress::choose_new)));
}
