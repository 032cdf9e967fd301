//! `/docs` (Swagger UI) and `/redoc`, made once from what the binary carries, and the policy under
//! which a browser shows them: these very scripts and no others, no other host.

use aide::redoc::Redoc;
use aide::swagger::Swagger;
use aws_lc_rs::digest;
use axum::Router;
use axum::body::Bytes;
use axum::http::HeaderValue;
use axum::http::header::{CONTENT_SECURITY_POLICY, CONTENT_TYPE};
use axum::routing::get;
use base64::Engine;
use base64::prelude::BASE64_STANDARD;

use super::state::Shared;

/// The pages' paths.
pub const PATHS: [&str; 2] = ["/docs", "/redoc"];

/// Where both read what they show.
const DOCUMENT: &str = "/openapi.json";

/// The routes of the pages, which do not describe themselves.
pub fn routes(title: &str) -> Router<Shared> {
    let swagger = Swagger::new(DOCUMENT).with_title(title).html();
    let redoc = Redoc::new(DOCUMENT).with_title(title).html();
    let page = |html: String| {
        let Page { html, policy } = Page::new(html);
        get(move || async move {
            let html_type = HeaderValue::from_static("text/html; charset=utf-8");
            ([(CONTENT_SECURITY_POLICY, policy), (CONTENT_TYPE, html_type)], html)
        })
    };
    let [docs, re] = PATHS;
    Router::new().route(docs, page(swagger)).route(re, page(redoc))
}

/// A page and what its scripts may do.
struct Page {
    html: Bytes,
    policy: HeaderValue,
}

impl Page {
    fn new(html: String) -> Self {
        // A browser reads line ends so, and hashes the scripts as it has read them.
        let html = html.replace("\r\n", "\n").replace('\r', "\n");
        let hashes: Vec<String> = inline_scripts(&html).map(source_hash).collect();
        let policy = policy(&hashes.join(" "));
        // Hashes and constants are visible ASCII; else nothing at all would be allowed.
        let policy =
            HeaderValue::try_from(policy).unwrap_or(HeaderValue::from_static("default-src 'none'"));
        Self { html: html.into(), policy }
    }
}

/// Both pages style their elements with attributes and inline sheets, and ReDoc searches in a
/// worker of its own making.
fn policy(scripts: &str) -> String {
    format!(
        "default-src 'none'; script-src {scripts}; style-src 'unsafe-inline'; connect-src 'self'; \
         img-src 'self' data:; font-src 'self' data:; worker-src blob:; base-uri 'none'; \
         form-action 'none'; frame-ancestors 'none'"
    )
}

/// The texts of the inline scripts.
fn inline_scripts(html: &str) -> impl Iterator<Item = &str> {
    let mut rest = html;
    std::iter::from_fn(move || {
        let (_, from) = rest.split_once("<script>")?;
        let (script, after) = from.split_once("</script>")?;
        rest = after;
        Some(script)
    })
}

/// A script as a policy names it.
fn source_hash(script: &str) -> String {
    let hash = digest::digest(&digest::SHA256, script.as_bytes());
    format!("'sha256-{}'", BASE64_STANDARD.encode(hash))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_script_is_named_by_its_hash_and_no_other_is_allowed() {
        let html = "<p><script>a\r\nb</script><b></b><script></script></p><script>open";
        let page = Page::new(html.to_owned());
        let policy = page.policy.to_str().unwrap();
        // Of "a\nb" and of nothing, as `openssl dgst -sha256 -binary | base64` has them.
        let empty = "'sha256-47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU='";
        let scripts = format!("script-src {} {empty};", source_hash("a\nb"));
        assert!(policy.contains(&scripts), "{policy}");
        assert_eq!(page.html, html.replace("\r\n", "\n"));
    }

    #[test]
    fn the_pages_have_inline_scripts_alone_and_nothing_unsafe() {
        for (html, scripts) in
            [(Swagger::new(DOCUMENT).html(), 2), (Redoc::new(DOCUMENT).html(), 1)]
        {
            assert_eq!(inline_scripts(&html).count(), scripts);
            let page = Page::new(html);
            let policy = page.policy.to_str().unwrap();
            assert_eq!(policy.matches("'sha256-").count(), scripts);
            assert!(!policy.contains("unsafe-eval") && !policy.contains("http"), "{policy}");
            let script = policy.split("script-src").nth(1).unwrap().split(';').next().unwrap();
            assert!(!script.contains("unsafe"), "{policy}");
        }
    }
}
