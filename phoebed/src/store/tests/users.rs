//! Users are on the disk when their registration is answered, and their ids stay theirs.

use super::{LEGACY, build, new_user, open, place};
use crate::store::StoreError;

#[tokio::test]
async fn a_new_user_can_be_found_by_id_and_address() {
    let (_folder, path) = place();
    let (store, _) = open(&path);
    let made = store.create_user(new_user("Ada@example.org")).await.expect("user");
    assert_eq!((made.id, made.role.as_str(), made.is_active), (1, "student", true));
    assert_eq!(store.user_by_id(1).await.expect("read"), Some(made.clone()));
    assert_eq!(store.user_by_id(2).await.expect("read"), None);
    assert_eq!(store.users_by_email("ada@EXAMPLE.org").await.expect("read"), [made]);
    store.close().await.expect("close");
}

#[tokio::test]
async fn addresses_differ_by_more_than_case() {
    let (_folder, path) = place();
    let (store, _) = open(&path);
    store.create_user(new_user("ada@example.org")).await.expect("user");
    let again = store.create_user(new_user("ADA@example.org")).await;
    assert!(matches!(again, Err(StoreError::EmailTaken)));
    store.close().await.expect("close");
}

#[tokio::test]
async fn users_of_an_older_server_that_differ_by_case_are_all_found_exact_match_first() {
    let (_folder, path) = place();
    build(&path, LEGACY);
    let (store, _) = open(&path);
    let found = store.users_by_email("Ada@example.org").await.expect("read");
    assert_eq!(found.iter().map(|user| user.id).collect::<Vec<_>>(), [2, 1]);
    store.close().await.expect("close");
}

#[tokio::test]
async fn how_an_address_was_typed_makes_no_difference_also_in_rows_of_before() {
    let (_folder, path) = place();
    let (store, _) = open(&path);
    let ada = store.create_user(new_user("A\u{308}da@x.org")).await.expect("user");
    let again = store.create_user(new_user("äDA@x.org")).await;
    assert!(matches!(again, Err(StoreError::EmailTaken)));
    store.close().await.expect("close");
    // As an earlier version folded it.
    build(&path, "UPDATE users SET email_folded = 'a' || char(0x308) || 'da@x.org'");
    let (store, _) = open(&path);
    assert_eq!(store.users_by_email("ÄDA@x.org").await.expect("read"), [ada]);
    store.close().await.expect("close");
}

#[tokio::test]
async fn a_deleted_users_id_is_not_given_again() {
    let (_folder, path) = place();
    let (store, _) = open(&path);
    store.create_user(new_user("a@example.org")).await.expect("user");
    build(&path, "DELETE FROM users");
    let next = store.create_user(new_user("b@example.org")).await.expect("user");
    assert_eq!(next.id, 2);
    assert!(!format!("{next:?}").contains("hash"));
    store.close().await.expect("close");
}
