use std::convert::Infallible;

use http_body_util::BodyExt;

use super::*;
use crate::adapters::scratch::Scratch;

fn site() -> (Scratch, FolderAssets) {
    let folder = Scratch::new();
    for (path, text) in [
        ("secret.txt", "outside"),
        ("public/index.html", "home"),
        ("public/404.html", "lost"),
        ("public/zh/404.html", "迷路"),
        ("public/courses/rust/index.html", "rust"),
        ("public/courses/rust/data.csv", "a,b"),
        ("public/_sealed/x.lys", "sealed"),
    ] {
        folder.write(path, text);
    }
    let assets = FolderAssets::new(folder.path().join("public"));
    (folder, assets)
}

async fn fetch(assets: &FolderAssets, method: Method, path: &str, etag: Option<&str>) -> Response<Body> {
    let if_none_match = etag.map(|etag| HeaderValue::from_str(etag).expect("a header"));
    let request = AssetRequest { method, path: path.into(), if_none_match };
    assets.fetch(request).await.expect("the disk answers")
}

async fn text(response: Response<Body>) -> String {
    let bytes = response.into_body().collect().await.expect("a body").to_bytes();
    String::from_utf8(bytes.to_vec()).expect("text")
}

#[track_caller]
fn header(response: &Response<Body>, name: http::HeaderName) -> String {
    response.headers().get(name).expect("the header").to_str().expect("text").to_owned()
}

#[tokio::test]
async fn pages_and_files_are_served_by_their_address() {
    let (_folder, assets) = site();
    for (path, expected, media_type) in [
        ("/", "home", "text/html; charset=utf-8"),
        ("/courses/rust/", "rust", "text/html; charset=utf-8"),
        ("/courses/rust/index.html", "rust", "text/html; charset=utf-8"),
        ("/courses/rust/data.csv", "a,b", "text/csv; charset=utf-8"),
    ] {
        let response = fetch(&assets, Method::GET, path, None).await;
        assert_eq!(
            (response.status(), header(&response, CONTENT_TYPE).as_str()),
            (StatusCode::OK, media_type)
        );
        assert_eq!(text(response).await, expected, "{path}");
    }
    let head = fetch(&assets, Method::HEAD, "/courses/rust/", None).await;
    assert_eq!(header(&head, CONTENT_LENGTH), "4");
    assert_eq!(text(head).await, "");
}

#[tokio::test]
async fn a_tag_follows_the_content() {
    let (folder, assets) = site();
    let etag = header(&fetch(&assets, Method::GET, "/", None).await, ETAG);
    for sent in [etag.clone(), format!("W/{etag}"), format!("\"x\", {etag}"), "*".into()] {
        let response = fetch(&assets, Method::GET, "/", Some(&sent)).await;
        assert_eq!((response.status(), header(&response, ETAG)), (StatusCode::NOT_MODIFIED, etag.clone()));
        assert_eq!(text(response).await, "");
    }
    assert_eq!(fetch(&assets, Method::GET, "/", Some("\"x\"")).await.status(), StatusCode::OK);
    let replaced = assets.replace(|| {
        folder.write("public/index.html", "another home");
        Ok::<_, Infallible>(((), vec!["index.html".to_owned()]))
    });
    assert_eq!(replaced, Ok(()));
    let response = fetch(&assets, Method::GET, "/", Some(&etag)).await;
    assert_ne!(header(&response, ETAG), etag);
    assert_eq!(text(response).await, "another home");
}

#[tokio::test]
async fn what_is_missing_says_so_in_the_nearest_words() {
    let (_folder, assets) = site();
    for (path, expected) in [
        ("/nothing/", "lost"),
        ("/nothing", "lost"),
        ("/courses/rust", "lost"),
        ("/courses/rust/nothing/", "lost"),
        ("/zh/nothing/", "迷路"),
        ("/zh/a/b/c", "迷路"),
        (&"/a".repeat(500), "lost"),
    ] {
        let response = fetch(&assets, Method::GET, path, None).await;
        assert_eq!(response.status(), StatusCode::NOT_FOUND, "{path}");
        assert!(response.headers().get(ETAG).is_none());
        assert_eq!(text(response).await, expected, "{path}");
    }
}

#[tokio::test]
async fn no_path_leaves_the_folder() {
    let (folder, assets) = site();
    for path in [
        "/../secret.txt",
        "/courses/../../secret.txt",
        "//secret.txt",
        "/./index.html",
        "/courses/rust/..",
        "/..\\secret.txt",
        "/C:/secret.txt",
        "/index.html\0.css",
        "secret.txt",
        "",
        &format!("/{}", folder.path().join("secret.txt").display()),
        &format!("/{}", "x".repeat(5_000)),
    ] {
        assert_eq!(assets.read(path).await, Ok(None), "{path}");
        assert_eq!(fetch(&assets, Method::GET, path, None).await.status(), StatusCode::NOT_FOUND, "{path}");
    }
}

#[cfg(unix)]
#[tokio::test]
async fn no_link_is_followed() {
    let (folder, assets) = site();
    let public = folder.path().join("public");
    std::os::unix::fs::symlink(folder.path().join("secret.txt"), public.join("link.txt")).expect("a link");
    std::os::unix::fs::symlink(folder.path(), public.join("up")).expect("a link");
    std::os::unix::fs::symlink(public.join("index.html"), public.join("inside.html")).expect("a link");
    for path in ["/link.txt", "/up/secret.txt", "/inside.html"] {
        assert_eq!(assets.read(path).await, Ok(None), "{path}");
    }
}

#[tokio::test]
async fn what_is_for_programs_is_read_and_never_served() {
    let (_folder, assets) = site();
    assert_eq!(assets.read("/_sealed/x.lys").await, Ok(Some(Bytes::from_static(b"sealed"))));
    assert_eq!(fetch(&assets, Method::GET, "/_sealed/x.lys", None).await.status(), StatusCode::NOT_FOUND);
    assert_eq!(fetch(&assets, Method::GET, "/courses/_x/", None).await.status(), StatusCode::NOT_FOUND);
}

#[test]
fn the_cache_stays_within_its_bound() {
    let mut cache = Cache::default();
    let file = |n_bytes: usize| {
        let etag = HeaderValue::from_static("\"x\"");
        Arc::new(File { bytes: vec![0; n_bytes].into(), etag, media_type: "x" })
    };
    let large = file(MAX_CACHED_FILE_BYTES / 2);
    for number in 0..100 {
        cache.keep(number.to_string(), &large);
        assert!(cache.n_bytes <= MAX_CACHE_BYTES);
    }
    cache.keep("too large".into(), &file(MAX_CACHED_FILE_BYTES + 1));
    assert!(!cache.files.contains_key("too large"));
}
