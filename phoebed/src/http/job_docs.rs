//! How the routes of jobs are described.

use aide::openapi::{MediaType, Parameter, ReferenceOr, Response, StatusCode};
use aide::transform::TransformOperation;
use axum::Json;
use phoebed_common::api::JobObject;

use super::docs;

/// An operation with the path parameter `job_id`.
pub fn operation<'t>(op: TransformOperation<'t>, summary: &str) -> TransformOperation<'t> {
    let op = docs::authenticated(op, "jobs", summary);
    docs::path_parameter(op, "job_id", "The job's id, a UUID")
}

/// Describes a header that may be absent.
pub fn header<'t>(
    mut op: TransformOperation<'t>,
    name: &str,
    description: &str,
    longest: usize,
) -> TransformOperation<'t> {
    let schema = schemars::json_schema!({
        "type": "string", "minLength": 1, "maxLength": longest, "pattern": "^[ -~]*$"
    });
    let parameter_data = docs::parameter(name, description, schema);
    let style = aide::openapi::HeaderStyle::Simple;
    let header = Parameter::Header { parameter_data, style };
    op.inner_mut().parameters.push(ReferenceOr::Item(header));
    op
}

/// Answers with events, or with the job to a caller that waits for it.
pub fn events(op: TransformOperation<'_>) -> TransformOperation<'_> {
    let mut op = op.response::<200, Json<JobObject>>();
    let answers = op.inner_mut().responses.as_mut();
    if let Some(ReferenceOr::Item(Response { content, .. })) =
        answers.and_then(|all| all.responses.get_mut(&StatusCode::Code(200)))
    {
        content.insert("text/event-stream".to_owned(), MediaType::default());
    }
    op
}
