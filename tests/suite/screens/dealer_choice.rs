//! The choice of a dealer, if a service names none: by prefecture, the person's own first,
//! and without scripts.

use crate::support::browser::Page;
use crate::support::linking::{Stage, dealers_in};
use crate::support::relying_party::Pending;

fn ask(stage: &Stage) -> Pending {
    let details = r#"[{"type":"dealer_link"}]"#;
    stage
        .service
        .ask("openid")
        .with("authorization_details", details)
}

/// Returns the dealers offered, in the order of the page.
fn offered(page: &Page) -> Vec<String> {
    let words = page.words();
    let names = [
        "札幌きたトヨタ",
        "長野トヨタ",
        "福岡ひがしトヨタ",
        "レクサス仙台青葉",
        "南信州トヨペット",
    ];
    let mut found: Vec<_> = names
        .into_iter()
        .filter_map(|name| Some((words.find(name)?, name.to_owned())))
        .collect();
    found.sort_unstable();
    found.into_iter().map(|(_, name)| name).collect()
}

#[tokio::test]
async fn the_brand_s_open_dealers_are_offered_and_those_of_ones_own_prefecture_first() {
    let mut stage = Stage::set().await;
    let page = stage.open(&ask(&stage)).await.screen("dealer-choice");
    assert_eq!(
        offered(&page),
        ["長野トヨタ", "札幌きたトヨタ", "福岡ひがしトヨタ"]
    );
}

#[tokio::test]
async fn the_dealers_of_one_prefecture_can_be_shown_alone_and_one_be_chosen() {
    let mut stage = Stage::set().await;
    let request = ask(&stage);
    let page = stage.open(&request).await.screen("dealer-choice");
    let filtered = [("prefecture", "北海道")];
    let page = stage
        .phone
        .press(&page, "filter", &filtered)
        .await
        .screen("dealer-choice");
    assert_eq!(page.errors(), Vec::<String>::new());
    assert_eq!(offered(&page), ["札幌きたトヨタ"]);
    let page = stage
        .phone
        .press(&page, "next", &[])
        .await
        .screen("dealer-choice");
    assert_eq!(page.errors(), ["dealer-missing"]);
    assert_eq!(
        offered(&page),
        ["札幌きたトヨタ"],
        "the prefecture stays chosen"
    );
    let chosen = [("dealer", "01400")];
    let page = stage
        .phone
        .press(&page, "next", &chosen)
        .await
        .screen("dealer-link");
    let answer = stage.agree(&page).await.away();
    assert_eq!(dealers_in(&stage.reply(&answer, &request).await), ["01400"]);
}

#[tokio::test]
async fn a_prefecture_without_dealers_shows_them_all() {
    let mut stage = Stage::set().await;
    let page = stage.open(&ask(&stage)).await.screen("dealer-choice");
    for prefecture in ["", "鳥取県", "どこにもない県"] {
        let filtered = [("prefecture", prefecture)];
        let page = stage
            .phone
            .press(&page, "filter", &filtered)
            .await
            .screen("dealer-choice");
        assert_eq!(offered(&page).len(), 3, "{prefecture}");
    }
}

#[tokio::test]
async fn a_dealer_of_the_other_brand_or_closed_or_unknown_cannot_be_chosen() {
    let mut stage = Stage::set().await;
    let page = stage.open(&ask(&stage)).await.screen("dealer-choice");
    for code in ["04700", "20300", "99999"] {
        let mut form = page.form("next");
        form.fields.retain(|(name, _)| name != "dealer");
        form.fields.push(("dealer".to_owned(), code.to_owned()));
        let answer = stage.phone.submit(form).await;
        assert_eq!(answer.errors(), ["dealer-unknown"], "{code}");
    }
}
