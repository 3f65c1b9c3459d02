//! `oidcc-formpost-{basic,implicit,hybrid}-certification-test-plan`: the same modules, with
//! responses that the browser posts.

use common_id::oidc::client::ResponseType;

use super::modules::{claims, login, requests, tokens, userinfo};
use super::plan;
use super::run::Mode;

fn all() -> impl Iterator<Item = ResponseType> {
    ResponseType::ALL.iter().copied()
}

fn with_code() -> impl Iterator<Item = ResponseType> {
    all().filter(|response_type| response_type.gives_code())
}

fn with_access_token() -> impl Iterator<Item = ResponseType> {
    all().filter(|response_type| response_type.leads_to_access_token())
}

plan! {
    all(), Mode::FormPost;
    requests::server => oidcc_server,
    requests::idtoken_signature => oidcc_idtoken_signature,
    requests::ensure_request_without_nonce_fails => oidcc_ensure_request_without_nonce_fails,
    claims::scope_profile => oidcc_scope_profile,
    claims::scope_email => oidcc_scope_email,
    claims::scope_address => oidcc_scope_address,
    claims::scope_phone => oidcc_scope_phone,
    claims::scope_all => oidcc_scope_all,
    requests::alternate_happy_flow => oidcc_alternate_happy_flow,
    requests::display_page => oidcc_display_page,
    requests::display_popup => oidcc_display_popup,
    login::prompt_login => oidcc_prompt_login,
    login::prompt_none_not_logged_in => oidcc_prompt_none_not_logged_in,
    login::prompt_none_logged_in => oidcc_prompt_none_logged_in,
    login::max_age_1 => oidcc_max_age_1,
    login::max_age_10000 => oidcc_max_age_10000,
    requests::ensure_request_with_unknown_parameter_succeeds => oidcc_ensure_request_with_unknown_parameter_succeeds,
    login::id_token_hint => oidcc_id_token_hint,
    login::login_hint => oidcc_login_hint,
    requests::ui_locales => oidcc_ui_locales,
    claims::claims_locales => oidcc_claims_locales,
    login::ensure_request_with_acr_values_succeeds => oidcc_ensure_request_with_acr_values_succeeds,
    requests::ensure_registered_redirect_uri => oidcc_ensure_registered_redirect_uri,
    requests::unsigned_request_object_supported_correctly_or_rejected_as_unsupported => oidcc_unsigned_request_object_supported_correctly_or_rejected_as_unsupported,
    requests::request_uri_unsigned_supported_correctly_or_rejected_as_unsupported => oidcc_request_uri_unsigned_supported_correctly_or_rejected_as_unsupported,
    requests::ensure_request_object_with_redirect_uri => oidcc_ensure_request_object_with_redirect_uri,
    claims::claims_essential => oidcc_claims_essential,
    requests::response_type_missing => oidcc_response_type_missing,
}

plan! {
    with_code(), Mode::FormPost;
    requests::ensure_post_request_succeeds => oidcc_ensure_post_request_succeeds,
    requests::ensure_request_without_nonce_succeeds_for_code_flow => oidcc_ensure_request_without_nonce_succeeds_for_code_flow,
    requests::ensure_request_with_valid_pkce_succeeds => oidcc_ensure_request_with_valid_pkce_succeeds,
    tokens::codereuse => oidcc_codereuse,
    tokens::codereuse_30seconds => oidcc_codereuse_30seconds,
    tokens::server_client_secret_post => oidcc_server_client_secret_post,
    tokens::refresh_token => oidcc_refresh_token,
}

plan! {
    with_access_token(), Mode::FormPost;
    userinfo::userinfo_get => oidcc_userinfo_get,
    userinfo::userinfo_post_header => oidcc_userinfo_post_header,
    userinfo::userinfo_post_body => oidcc_userinfo_post_body,
}
