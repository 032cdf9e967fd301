//! The API's own description, `/openapi.json`, generated from the routes; and what the routes use to
//! describe themselves.

use std::collections::BTreeSet;
use std::ops::RangeInclusive;

use aide::openapi::{
    Components, Example, Header, HeaderStyle, Info, License, MediaType, OpenApi, Parameter,
    ParameterData, ParameterSchemaOrContent, PathStyle, QueryStyle, ReferenceOr, RequestBody,
    SchemaObject, SecurityScheme, Tag,
};
use aide::transform::{TransformOperation, TransformResponse};
use axum::Json;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::header::CONTENT_TYPE;
use axum::response::IntoResponse;
use phoebed_common::api::{ErrorBody, ValidationErrorBody};
use phoebed_common::commands::{WorkerAnswer, WorkerCommand, examples, failure_examples};
use schemars::JsonSchema;
use serde_json::Value;

use super::pages;
use super::state::Shared;

const TITLE: &str = "phoebed";

/// The one way to say who one is; not needed in mode `none`.
const BEARER: &str = "bearer";

/// The document before the routes are added to it.
pub fn document() -> OpenApi {
    let tag = |name: &str, description: &str| Tag {
        name: name.into(),
        description: Some(description.into()),
        ..Tag::default()
    };
    OpenApi {
        info: Info {
            title: TITLE.into(),
            summary: Some("PHOEBE sessions over HTTP".into()),
            description: Some(
                "Each session is a PHOEBE process of its own: start one, send it commands, end \
                 it. Every answer carries `X-Request-ID`, which also stands in the server's log.\n\n\
                 Beyond what each operation tells: 404 for a path that is none, 405 with `Allow` \
                 for another method, 307 to the path without a slash too many, 429 with \
                 `Retry-After` where the operator limits requests; and before there \
                 is an operation, without a body or `X-Request-ID`, 400 for what is no HTTP and \
                 431 for a head (address and headers) that is too large."
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
        tags: vec![
            tag("sessions", "Starting, listing and ending sessions"),
            tag("commands", "PHOEBE's work"),
            tag("auth", "Who may do that"),
            tag("system", "The service itself"),
        ],
        components: Some(Components {
            security_schemes: [(BEARER.to_owned(), ReferenceOr::Item(bearer()))].into(),
            ..Components::default()
        }),
        ..OpenApi::default()
    }
}

fn bearer() -> SecurityScheme {
    SecurityScheme::Http {
        scheme: "bearer".into(),
        bearer_format: Some("JWT".into()),
        description: Some("The token that login gives; not needed in mode `none`".into()),
        extensions: Default::default(),
    }
}

/// Tag and summary of a route.
pub fn operation<'t>(
    op: TransformOperation<'t>,
    tag: &str,
    summary: &str,
) -> TransformOperation<'t> {
    op.tag(tag).summary(summary)
}

/// As [`operation`], for a caller who says who it is, where the mode asks for it.
pub fn authenticated<'t>(
    op: TransformOperation<'t>,
    tag: &str,
    summary: &str,
) -> TransformOperation<'t> {
    operation(op, tag, summary).security_requirement(BEARER)
}

/// As [`authenticated`], for a route with the path parameter `session_id`.
pub fn session_operation<'t>(
    op: TransformOperation<'t>,
    tag: &str,
    summary: &str,
) -> TransformOperation<'t> {
    let op = authenticated(op, tag, summary);
    path_parameter(op, "session_id", "The id that start-session gave, a UUID")
}

/// Describes a string in the path.
pub fn path_parameter<'t>(
    mut op: TransformOperation<'t>,
    name: &str,
    description: &str,
) -> TransformOperation<'t> {
    let schema = schemars::json_schema!({ "type": "string" });
    let parameter_data = ParameterData { required: true, ..parameter(name, description, schema) };
    op.inner_mut()
        .parameters
        .push(ReferenceOr::Item(Parameter::Path { parameter_data, style: PathStyle::Simple }));
    op
}

/// Describes a whole number in the query, which may be absent.
pub fn query_parameter<'t>(
    op: TransformOperation<'t>,
    name: &str,
    description: &str,
    range: RangeInclusive<usize>,
) -> TransformOperation<'t> {
    let (minimum, maximum) = range.into_inner();
    let schema = schemars::json_schema!({
        "type": "integer", "minimum": minimum, "maximum": maximum
    });
    parameter_in_query(op, name, description, schema)
}

/// Describes a number of seconds in the query, which may be absent.
pub fn seconds_parameter<'t>(
    op: TransformOperation<'t>,
    name: &str,
    description: &str,
    most: f64,
) -> TransformOperation<'t> {
    let schema = schemars::json_schema!({ "type": "number", "minimum": 0, "maximum": most });
    parameter_in_query(op, name, description, schema)
}

/// Describes a text in the query, which may be absent.
pub fn text_parameter<'t>(
    op: TransformOperation<'t>,
    name: &str,
    description: &str,
) -> TransformOperation<'t> {
    parameter_in_query(op, name, description, schemars::json_schema!({ "type": "string" }))
}

/// Describes a query parameter that is one of a few words and may be absent.
pub fn choice_parameter<'t>(
    op: TransformOperation<'t>,
    name: &str,
    description: &str,
    choices: &[&str],
) -> TransformOperation<'t> {
    let schema = schemars::json_schema!({ "type": "string", "enum": choices });
    parameter_in_query(op, name, description, schema)
}

fn parameter_in_query<'t>(
    mut op: TransformOperation<'t>,
    name: &str,
    description: &str,
    schema: schemars::Schema,
) -> TransformOperation<'t> {
    op.inner_mut().parameters.push(ReferenceOr::Item(Parameter::Query {
        parameter_data: parameter(name, description, schema),
        allow_reserved: false,
        style: QueryStyle::Form,
        allow_empty_value: None,
    }));
    op
}

/// A parameter that may be absent.
pub fn parameter(name: &str, description: &str, schema: schemars::Schema) -> ParameterData {
    ParameterData {
        name: name.into(),
        description: Some(description.into()),
        required: false,
        deprecated: None,
        format: ParameterSchemaOrContent::Schema(schema_object(schema)),
        example: None,
        examples: Default::default(),
        explode: None,
        extensions: Default::default(),
    }
}

/// What any request with a body may get for it.
const OF_A_BODY: [u16; 5] = [400, 408, 413, 422, 503];
/// What any request of somebody who must say who it is may get.
const OF_A_CALLER: [u16; 2] = [401, 503];
/// What any request for a session may get.
const OF_A_SESSION: [u16; 2] = [403, 404];

/// The error answers of a route: these of its own, and those that its body and its path bring
/// with them. To be called when both are described.
pub fn errors<'t>(mut op: TransformOperation<'t>, own: &[u16]) -> TransformOperation<'t> {
    let mut statuses: BTreeSet<u16> = own.iter().copied().collect();
    let operation = op.inner_mut();
    if operation.request_body.is_some() {
        statuses.extend(OF_A_BODY);
    }
    if !operation.security.is_empty() {
        statuses.extend(OF_A_CALLER);
    }
    let is_path = |parameter: &ReferenceOr<Parameter>| {
        matches!(parameter, ReferenceOr::Item(Parameter::Path { .. }))
    };
    // The only parameter of a path that there is names a session or a job.
    if operation.parameters.iter().any(is_path) {
        statuses.extend(OF_A_SESSION);
    }
    statuses.into_iter().fold(op, error)
}

fn error(op: TransformOperation<'_>, status: u16) -> TransformOperation<'_> {
    match status {
        400 => op.response_with::<400, Json<ErrorBody>, _>(|r| r.description("Bad request")),
        401 => op.response_with::<401, Json<ErrorBody>, _>(|r| {
            with_header(r.description("Not authenticated"), "WWW-Authenticate", "`Bearer`")
        }),
        403 => op.response_with::<403, Json<ErrorBody>, _>(|r| r.description("Not allowed")),
        404 => op.response_with::<404, Json<ErrorBody>, _>(|r| r.description("Not there")),
        408 => op.response_with::<408, Json<ErrorBody>, _>(|r| r.description("Body too slow")),
        409 => op.response_with::<409, Json<ErrorBody>, _>(|r| {
            r.description("Not as things are; the text says why")
        }),
        413 => op.response_with::<413, Json<ErrorBody>, _>(|r| r.description("Body too large")),
        422 => op.response_with::<422, Json<ValidationErrorBody>, _>(|r| {
            r.description("The body is not what it should be")
        }),
        429 => op.response_with::<429, Json<ErrorBody>, _>(|r| {
            later(r.description("A limit is reached; the text says which"))
        }),
        503 => op.response_with::<503, Json<ErrorBody>, _>(|r| {
            later(r.description("Not now; the text says why"))
        }),
        other => unreachable!("no route answers {other}"),
    }
}

type ErrorResponse<'t> = TransformResponse<'t, ErrorBody>;

fn later(response: ErrorResponse<'_>) -> ErrorResponse<'_> {
    with_header(response, "Retry-After", "When to try again, in seconds")
}

/// Describes a header that the answer always has.
fn with_header<'t>(
    mut response: ErrorResponse<'t>,
    name: &str,
    description: &str,
) -> ErrorResponse<'t> {
    let schema = schemars::json_schema!({ "type": "string" });
    let header = Header {
        description: Some(description.into()),
        style: HeaderStyle::Simple,
        required: true,
        deprecated: None,
        format: ParameterSchemaOrContent::Schema(schema_object(schema)),
        example: None,
        examples: Default::default(),
        extensions: Default::default(),
    };
    response.inner().headers.insert(name.into(), ReferenceOr::Item(header));
    response
}

/// A JSON body that must be there.
pub fn json_body<T: JsonSchema>(op: TransformOperation<'_>) -> TransformOperation<'_> {
    body::<T>(op, true)
}

/// A JSON body that may be absent.
pub fn optional_json_body<T: JsonSchema>(op: TransformOperation<'_>) -> TransformOperation<'_> {
    body::<T>(op, false)
}

/// Body and answers of `POST /send/{session_id}`: every command typed, with examples. The handler
/// itself takes any object.
pub fn worker_command(op: TransformOperation<'_>) -> TransformOperation<'_> {
    let mut op = json_body::<WorkerCommand>(op).response::<200, Json<WorkerAnswer>>();
    let operation = op.inner_mut();
    let answers = examples().into_iter().map(|e| (e.name, e.summary, e.answer));
    if let Some(answer) = operation.responses.as_mut().and_then(|responses| {
        match responses.responses.get_mut(&aide::openapi::StatusCode::Code(200))? {
            ReferenceOr::Item(response) => response.content.get_mut("application/json"),
            ReferenceOr::Reference { .. } => None,
        }
    }) {
        add_examples(answer, answers.chain(failure_examples()));
    }
    let requests = examples().into_iter().map(|e| (e.name, e.summary, e.request));
    if let Some(ReferenceOr::Item(body)) = operation.request_body.as_mut()
        && let Some(request) = body.content.get_mut("application/json")
    {
        add_examples(request, requests);
    }
    op
}

fn add_examples<'e>(to: &mut MediaType, examples: impl Iterator<Item = (&'e str, &'e str, Value)>) {
    to.examples = examples
        .map(|(name, summary, value)| {
            let example = Example {
                summary: Some(summary.to_owned()),
                value: Some(value),
                ..Example::default()
            };
            (name.to_owned(), ReferenceOr::Item(example))
        })
        .collect();
}

fn body<T: JsonSchema>(mut op: TransformOperation<'_>, required: bool) -> TransformOperation<'_> {
    let schema = aide::generate::in_context(|context| context.schema.subschema_for::<T>());
    let media = MediaType { schema: Some(schema_object(schema)), ..MediaType::default() };
    op.inner_mut().request_body = Some(ReferenceOr::Item(RequestBody {
        content: [("application/json".to_owned(), media)].into_iter().collect(),
        required,
        ..RequestBody::default()
    }));
    op
}

fn schema_object(json_schema: schemars::Schema) -> SchemaObject {
    SchemaObject { json_schema, external_docs: None, example: None }
}

/// `/openapi.json`, which does not describe itself, and the pages that show it.
pub fn routes() -> axum::Router<Shared> {
    axum::Router::new()
        .route("/openapi.json", axum::routing::get(openapi))
        .merge(pages::routes(TITLE))
}

/// The paths of [`routes`].
pub fn paths() -> impl Iterator<Item = &'static str> {
    pages::PATHS.into_iter().chain(["/openapi.json"])
}

async fn openapi(State(state): State<Shared>) -> impl IntoResponse {
    let document: Bytes = state.openapi.clone();
    ([(CONTENT_TYPE, "application/json")], document)
}
