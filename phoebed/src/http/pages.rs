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
    let [docs, re] = PATHS;
    let page = |Page { html, policy }: Page| {
        get(move || async move {
            let html_type = HeaderValue::from_static("text/html; charset=utf-8");
            ([(CONTENT_SECURITY_POLICY, policy), (CONTENT_TYPE, html_type)], html)
        })
    };
    let swagger = Page::new(swagger, Styles::OfThePage);
    let redoc = Page::new(redoc, Styles::MadeByScripts);
    Router::new().route(docs, page(swagger)).route(re, page(redoc))
}

/// Where a page's styles come from.
#[derive(Clone, Copy)]
enum Styles {
    /// They stand in the page.
    OfThePage,
    /// ReDoc writes style sheets as it goes, which no hash can name. It also searches in a worker of
    /// its own making.
    MadeByScripts,
}

/// A page and what it may do.
struct Page {
    html: Bytes,
    policy: HeaderValue,
}

impl Page {
    fn new(html: String, styles: Styles) -> Self {
        // A browser reads line ends so, and hashes scripts and styles as it has read them.
        let html = html.replace("\r\n", "\n").replace('\r', "\n");
        // Hashes and constants are visible ASCII; else nothing at all would be allowed.
        let policy = HeaderValue::try_from(policy(&html, styles))
            .unwrap_or(HeaderValue::from_static("default-src 'none'"));
        Self { html: html.into(), policy }
    }
}

fn policy(html: &str, styles: Styles) -> String {
    let hashes =
        |element| inline(html, element).map(source_hash).collect::<Vec<String>>().join(" ");
    let scripts = hashes("script");
    let (styles, workers) = match styles {
        Styles::OfThePage => (hashes("style"), "'none'"),
        Styles::MadeByScripts => ("'unsafe-inline'".to_owned(), "blob:"),
    };
    format!(
        "default-src 'none'; script-src {scripts}; style-src {styles}; connect-src 'self'; \
         img-src 'self' data:; font-src 'self' data:; worker-src {workers}; base-uri 'none'; \
         form-action 'none'; frame-ancestors 'none'"
    )
}

/// The texts of such elements, which have no attributes. (Within a script's text the name may stand
/// as well; a hash too many allows nothing that is not there.)
fn inline<'h>(html: &'h str, element: &str) -> impl Iterator<Item = &'h str> + use<'h> {
    let (begin, end) = (format!("<{element}>"), format!("</{element}>"));
    let mut rest = html;
    std::iter::from_fn(move || {
        let (_, from) = rest.split_once(&begin)?;
        let (text, after) = from.split_once(&end)?;
        rest = after;
        Some(text)
    })
}

/// A script or a style as a policy names it.
fn source_hash(text: &str) -> String {
    let hash = digest::digest(&digest::SHA256, text.as_bytes());
    format!("'sha256-{}'", BASE64_STANDARD.encode(hash))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_script_is_named_by_its_hash_and_no_other_is_allowed() {
        let html = "<style>p</style><script>a\r\nb</script><b></b><script></script><script>open";
        let page = Page::new(html.to_owned(), Styles::OfThePage);
        let policy = page.policy.to_str().unwrap();
        // Of "a\nb" and of nothing, as `openssl dgst -sha256 -binary | base64` has them.
        let empty = "'sha256-47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU='";
        let scripts = format!("script-src {} {empty};", source_hash("a\nb"));
        assert!(policy.contains(&scripts), "{policy}");
        assert!(policy.contains(&format!("style-src {};", source_hash("p"))), "{policy}");
        assert_eq!(page.html, html.replace("\r\n", "\n"));
    }

    #[test]
    fn the_pages_have_inline_scripts_alone_and_nothing_unsafe() {
        for (html, scripts, styles) in [
            (Swagger::new(DOCUMENT).html(), 2, Styles::OfThePage),
            (Redoc::new(DOCUMENT).html(), 1, Styles::MadeByScripts),
        ] {
            assert_eq!(inline(&html, "script").count(), scripts);
            let page = Page::new(html, styles);
            let policy = page.policy.to_str().unwrap();
            let script = policy.split("script-src").nth(1).unwrap().split(';').next().unwrap();
            assert_eq!(script.matches("'sha256-").count(), scripts);
            assert!(!policy.contains("unsafe-eval") && !policy.contains("http"), "{policy}");
            assert!(!script.contains("unsafe"), "{policy}");
        }
    }
}
