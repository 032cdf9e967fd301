//! The admin API's own description, generated from the routes.

use aide::openapi::{Info, License, OpenApi};
use aide::transform::TransformOperation;
use axum::Json;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::header::CONTENT_TYPE;
use axum::response::IntoResponse;
use phoebed_common::admin::ErrorBody;
use phoebed_common::api::unwrap_descriptions;
use serde_json::Value;

use super::state::Shared;

/// The document before the routes are added to it.
pub fn document() -> OpenApi {
    OpenApi {
        info: Info {
            title: "phoebed admin".into(),
            summary: Some("The operator's side of phoebed, over its Unix socket".into()),
            description: Some(
                "Whoever the socket lets in may look. Changes (POST) are for root, the daemon's \
                 own user and members of the group of `[admin] group`. Every answer carries \
                 `X-Phoebed-Version`.\n\n\
                 Beyond what each operation tells: 404 for a path that is none, 405 with `Allow` \
                 for another method, 500 for a fault of the daemon; and before there is an \
                 operation, without a body, 400 for what is no HTTP and 431 for a head that is \
                 too large."
                    .into(),
            ),
            version: env!("CARGO_PKG_VERSION").into(),
            license: Some(License {
                name: "GPL-3.0-or-later".into(),
                identifier: Some("GPL-3.0-or-later".into()),
                ..License::default()
            }),
            ..Info::default()
        },
        ..OpenApi::default()
    }
}

/// The document as JSON.
pub fn value(document: &OpenApi) -> Value {
    let mut value = serde_json::to_value(document).unwrap_or_default();
    unwrap_descriptions(&mut value);
    value
}

/// The document as it is sent.
pub fn json(document: &OpenApi) -> Bytes {
    serde_json::to_vec(&value(document)).unwrap_or_default().into()
}

/// `GET /v1/openapi.json`, which does not describe itself.
pub async fn openapi(State(state): State<Shared>) -> impl IntoResponse {
    ([(CONTENT_TYPE, "application/json")], state.openapi.clone())
}

/// The error answers of a route.
pub fn errors<'t>(op: TransformOperation<'t>, statuses: &[u16]) -> TransformOperation<'t> {
    type Error = Json<ErrorBody>;
    statuses.iter().fold(op, |op, status| match status {
        400 => op.response_with::<400, Error, _>(|r| r.description("The request makes no sense")),
        403 => op.response_with::<403, Error, _>(|r| r.description("The peer may only look")),
        404 => op.response_with::<404, Error, _>(|r| r.description("Not there")),
        409 => op.response_with::<409, Error, _>(|r| r.description("Not as things are")),
        422 => op.response_with::<422, Error, _>(|r| {
            r.description("The configuration is wrong; nothing was changed")
        }),
        503 => op.response_with::<503, Error, _>(|r| r.description("Not now")),
        other => unreachable!("no route answers {other}"),
    })
}
