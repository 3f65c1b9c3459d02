//! Simulates users who do what each page asks, in many situations. They must always reach
//! an end, and no page may be shown twice.

use super::*;

/// What the simulated user does where a page offers a choice.
#[derive(Clone, Copy, Debug)]
struct Character {
    declines_dealers: bool,
    has_account: bool,
    logs_in_as_other_first: bool,
}

/// Does what `step` asks. Returns `None` at the end of the interaction.
fn act(person: &mut Situation, step: &Step, character: &mut Character) -> Option<()> {
    let account = person
        .session
        .as_ref()
        .map_or(ME.to_owned(), |s| s.account_id.clone());
    let progress = &mut person.progress;
    match step {
        Step::Answer(_) | Step::Refuse(_) => return None,
        Step::Terms => match (&mut person.session, progress.registered.is_none()) {
            (Some(session), _) if session.terms_version.as_deref() != Some(TERMS) => {
                session.terms_version = Some(TERMS.to_owned());
                progress.agree_to_terms(TERMS);
            }
            _ => progress.agree_to_terms(TERMS),
        },
        Step::RegistrationEmail => progress.name_address(),
        Step::RegistrationCode if character.has_account => progress.prove_registered_address(),
        Step::RegistrationCode => progress.prove_address(),
        Step::AlreadyRegistered => progress.choose_existing(),
        Step::RegistrationDetails => progress.give_details(),
        Step::RegistrationConfirmation => {
            progress.register("new");
            person.session = Some(session("new"));
        }
        Step::RegistrationComplete => progress.acknowledge_registration(),
        Step::Login(reason) => {
            let who = if std::mem::take(&mut character.logs_in_as_other_first) {
                OTHER.to_owned()
            } else if *reason == LoginReason::OtherPerson {
                ME.to_owned()
            } else {
                account
            };
            log_in(person, &who);
        }
        Step::SelectAccount => progress.select_account(account),
        Step::SecondFactor(_) => {
            let session = person.session.as_mut().unwrap();
            session.context = AuthenticationContext::TwoFactors;
            session.owes_second_step = false;
        }
        Step::ConfirmDevice => {
            let who = person.session.as_ref().map(|s| s.account_id.as_str());
            progress.confirm_device(who);
        }
        Step::Consent(scope) => progress.consent(account, scope.clone()),
        Step::ChooseDealer if character.declines_dealers => progress.decline_dealer_choice(account),
        Step::ChooseDealer => progress.choose_dealer(account, AICHI),
        Step::DealerLink(code) if character.declines_dealers => {
            progress.decline_dealer(account, code)
        }
        Step::DealerLink(code) => progress.agree_to_dealer(account, code),
        Step::ActivateDealerLink(code) => {
            progress.link_dealer(account, code);
            let session = person.session.as_mut().unwrap();
            session.linked_dealers.insert(code.clone());
            session.dealers_to_reconsent.remove(code);
        }
        Step::GuardianNeeded => progress.acknowledge_guardian(account),
        Step::EndDealerLinks => {
            let session = person.session.as_mut().unwrap();
            for code in std::mem::take(&mut session.linked_dealers) {
                progress.end_for_guardian(&account, code);
            }
        }
        Step::CompleteProfile => progress.fill_in_profile(account),
        Step::ProfileConfirmation => {
            let asked = person.round();
            person.progress.complete_profile(account, &asked.claims);
            let session = person.session.as_mut().unwrap();
            session.known_claims.extend(asked.claims);
        }
        Step::ProfileComplete => progress.acknowledge_profile(),
        Step::DealerLinkComplete(code) => progress.acknowledge_dealer_link(&account, code),
    }
    Some(())
}

fn log_in(person: &mut Situation, account: &str) {
    person.progress.authenticate(account, person.now);
    let before = person.session.take().filter(|s| s.account_id == account);
    let mut session = before.unwrap_or_else(|| session(account));
    session.auth_time = person.now;
    session.context = AuthenticationContext::OneFactor;
    person.session = Some(session);
}

fn situations() -> impl Strategy<Value = Situation> {
    let prompts = prop::sample::subsequence(
        vec![
            Prompt::Login,
            Prompt::Consent,
            Prompt::SelectAccount,
            Prompt::Create,
        ],
        0..=4,
    );
    let prompts = prop_oneof![9 => prompts, 1 => Just(vec![Prompt::None])];
    let details = prop::sample::subsequence(vec![Some(NAGANO), None, Some(AICHI)], 0..=3);
    let sessions = prop::option::of((
        prop::sample::select(vec![ME, OTHER]),
        any::<bool>(),
        any::<bool>(),
        any::<bool>(),
    ));
    (
        prompts,
        details,
        any::<[bool; 3]>(),
        sessions,
        any::<bool>(),
        prop::option::of(0..200u64),
        any::<bool>(),
        (
            prop::sample::select(vec!["", "voluntary", "essential", "device", "needs"]),
            prop::bool::weighted(0.2),
        ),
    )
        .prop_map(
            |(
                prompts,
                details,
                optional,
                logged_in,
                is_third,
                max_age,
                is_hinted,
                (more, is_child),
            )| {
                let details: Vec<_> = details.into_iter().zip(optional).collect();
                let mut person = Situation::new().prompting(&prompts).asking(&details);
                person.session = logged_in.map(|(who, agreed, granted, has_link)| SessionFacts {
                    terms_version: agreed.then(|| TERMS.to_owned()),
                    granted_scope: granted.then(|| "openid profile dealer_link".parse().unwrap()),
                    linked_dealers: has_link.then(|| NAGANO.to_owned()).into_iter().collect(),
                    dealers_to_reconsent: (has_link && granted)
                        .then(|| NAGANO.to_owned())
                        .into_iter()
                        .collect(),
                    needs_guardian: is_child,
                    ..session(who)
                });
                if is_third {
                    person.client.party = Party::Third;
                }
                person.request.max_age = max_age;
                // `prompt=create` expects a new user, which a hint would contradict.
                if is_hinted && !prompts.contains(&Prompt::Create) {
                    person.request.hinted_subject = Some("sub of me".to_owned());
                }
                match more {
                    "voluntary" => table::by_values(person, &[table::CODE]),
                    "essential" => table::essential(person, &[table::CODE]),
                    "needs" => table::needing_birthdate(person),
                    // A device can send neither `prompt` nor a hint.
                    "device" => {
                        person.request.hinted_subject = None;
                        let consent = |prompt: &Prompt| *prompt == Prompt::Consent;
                        person.request.prompt.retain(consent);
                        table::of_a_device(person)
                    }
                    _ => person,
                }
            },
        )
}

fn characters() -> impl Strategy<Value = Character> {
    any::<[bool; 3]>().prop_map(|[declines_dealers, has_account, logs_in_as_other_first]| {
        Character {
            declines_dealers,
            has_account,
            logs_in_as_other_first,
        }
    })
}

/// Generates any progress, as back buttons and second tabs may leave it.
fn progresses() -> impl Strategy<Value = Progress> {
    let deed = (
        0..20u8,
        prop::sample::select(vec![ME, OTHER, "new"]),
        prop::sample::select(vec![NAGANO, AICHI]),
        -5..15i64,
    );
    prop::collection::vec(deed, 0..12).prop_map(|deeds| {
        let mut progress = Progress::default();
        for (deed, who, dealer, when) in deeds {
            match deed {
                0 => progress.choose_new(),
                1 => progress.choose_existing(),
                2 => progress.agree_to_terms(if when > 0 { TERMS } else { "2019-01-01" }),
                3 => progress.name_address(),
                4 => progress.withdraw_address(),
                5 => progress.prove_address(),
                6 => progress.prove_registered_address(),
                7 => progress.give_details(),
                8 => progress.register(who),
                9 => progress.acknowledge_registration(),
                10 => progress.authenticate(who, Timestamp(STARTED.0 + when)),
                11 => progress.select_account(who),
                12 => progress.consent(who, "openid profile".parse().unwrap()),
                13 => progress.choose_dealer(who, dealer),
                14 => progress.decline_dealer_choice(who),
                15 => progress.agree_to_dealer(who, dealer),
                16 => progress.decline_dealer(who, dealer),
                17 => progress.end_for_guardian(who, dealer),
                18 => progress.acknowledge_guardian(who),
                _ => progress.link_dealer(who, dealer),
            }
        }
        progress
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]

    #[test]
    fn who_does_what_each_page_asks_comes_to_an_end_and_sees_none_twice(mut person in situations(), mut character in characters()) {
        character.logs_in_as_other_first = false;
        let mut seen: Vec<Step> = Vec::new();
        loop {
            let step = person.next();
            if act(&mut person, &step, &mut character).is_none() {
                break;
            }
            // The terms of a registration and changed terms are the same page.
            prop_assert!(!seen.contains(&step), "{:?} again after {:?}", step, seen);
            if matches!(step, Step::Login(_)) {
                // A new login with the password starts without a code.
                seen.retain(|step| *step != table::CODE_OWED);
            }
            seen.push(step);
            person.now = Timestamp(person.now.0 + 300);
        }
    }

    #[test]
    fn from_whatever_was_done_before_there_is_a_way_to_the_end(
        mut person in situations(), progress in progresses(), mut character in characters(),
    ) {
        person.progress = progress;
        for turn in 0.. {
            let step = person.next();
            if act(&mut person, &step, &mut character).is_none() {
                break;
            }
            prop_assert!(turn < 40, "no end: {:?}", step);
        }
    }

    #[test]
    fn the_same_facts_give_the_same_step_and_prompt_none_never_a_page(mut person in situations(), progress in progresses()) {
        person.progress = progress;
        prop_assert_eq!(person.next(), person.next());
        let silent = person.prompting(&[Prompt::None]).next();
        prop_assert!(matches!(silent, Step::Answer(_) | Step::Refuse(_) | Step::ActivateDealerLink(_) | Step::EndDealerLinks), "{:?}", silent);
    }

    #[test]
    fn no_dealer_link_comes_into_force_without_that_accounts_consent_and_password(
        mut person in situations(), progress in progresses(),
    ) {
        person.progress = progress;
        if let Step::ActivateDealerLink(code) = person.next() {
            let account = &person.session.as_ref().unwrap().account_id;
            prop_assert!(person.progress.pending_dealer_consents.contains(&AccountAndDealer::new(account, code)));
            let (who, when) = person.progress.authenticated.clone().unwrap();
            prop_assert!(who == *account && when >= STARTED);
        }
    }

    #[test]
    fn nobody_who_needs_a_guardian_is_offered_or_granted_a_dealer(
        mut person in situations(), progress in progresses(),
    ) {
        person.progress = progress;
        if person.session.as_ref().is_some_and(|session| session.needs_guardian) {
            let step = person.next();
            prop_assert!(!matches!(
                step,
                Step::ChooseDealer | Step::DealerLink(_) | Step::ActivateDealerLink(_) | Step::DealerLinkComplete(_)
            ), "{:?}", step);
            if let Step::Answer(granted) = step {
                prop_assert!(granted.authorization_details.is_empty());
            }
        }
    }

    #[test]
    fn nobody_is_answered_for_who_is_not_expected_or_has_not_agreed(mut person in situations(), progress in progresses()) {
        person.progress = progress;
        if let Step::Answer(granted) = person.next() {
            let session = person.session.as_ref().unwrap();
            prop_assert!(person.request.expects(&session.subject));
            prop_assert_eq!(session.terms_version.as_deref(), Some(TERMS));
            prop_assert!(person.request.scope.covers(&granted.scope));
            if let Some(wanted) = Wanted::by(&person.request) {
                prop_assert!(wanted.is_content_with(session.context));
            }
            for detail in &granted.authorization_details {
                let AuthorizationDetail::DealerLink { identifier, .. } = detail else {
                    panic!("granted, though it is not understood: {detail:?}");
                };
                prop_assert!(session.linked_dealers.contains(identifier.as_ref().unwrap()));
            }
        }
    }
}
