//! Keys over time, and a store that is there, lost and back.
#![allow(clippy::unwrap_used)]

use std::collections::HashMap;
use std::path::PathBuf;

use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};

use super::*;
use crate::config::StoreAddress;
use crate::privacy::Category;
use crate::proxy::shared::tests::route;

fn settings(seconds: u64, keys: KeyPlace) -> PseudonymSettings {
    PseudonymSettings { epoch: Duration::from_secs(seconds), keys }
}

fn in_memory(seconds: u64) -> Keys {
    Keys::new(&settings(seconds, KeyPlace::Memory))
}

fn stand_in(keys: &Keys, route: &Route, now: u64) -> Result<String, NoKey> {
    let pseudonyms = keys.pseudonyms_at(route, now)?;
    Ok(pseudonyms.stand_in(Category::VisitorId, "jane-doe-0001"))
}

fn one() -> Route {
    route("one", "http://127.0.0.1:1")
}

#[test]
fn a_stand_in_lasts_an_epoch_and_belongs_to_one_vendor_and_site() {
    let keys = in_memory(100);
    let at = |route: &Route, now| stand_in(&keys, route, now).unwrap();
    let first = at(&one(), 1000);
    assert_eq!(at(&one(), 1050), first);
    assert_ne!(at(&route("other", "http://127.0.0.1:1"), 1050), first);
    assert_ne!(at(&Route { site: "another.example".into(), ..one() }, 1050), first);
    let next = at(&one(), 1130);
    assert_ne!(next, first);
    assert_eq!(at(&one(), 1130), next);
    // Set back a little, the clock does not revive an epoch; set back a lot, it starts one.
    assert_eq!(at(&one(), 1099), next);
    assert_ne!(at(&one(), 500), next);
}

#[test]
fn two_routes_of_one_site_to_one_vendor_agree() {
    let keys = in_memory(100);
    let to = |name| Route { vendor: Some("posthog".into()), ..route(name, "http://127.0.0.1:1") };
    assert_eq!(stand_in(&keys, &to("one"), 1000), stand_in(&keys, &to("two"), 1001));
}

#[test]
fn other_settings_begin_with_a_new_key_and_the_same_change_nothing() {
    let keys = in_memory(100);
    let first = stand_in(&keys, &one(), 0);
    keys.set(&settings(100, KeyPlace::Memory));
    assert_eq!(stand_in(&keys, &one(), 0), first);
    keys.set(&settings(200, KeyPlace::Memory));
    assert_ne!(stand_in(&keys, &one(), 0), first);
}

#[test]
fn a_visit_goes_on_over_the_turn_and_the_table_goes_when_it_is_over() {
    let keys = in_memory(86_400);
    let kept = stand_in(&keys, &one(), 86_399);
    assert_eq!(stand_in(&keys, &one(), 86_400), kept);
    assert!(keys.tidied_at(86_401).is_none() && keys.state().visits.is_some());
    keys.tidied_at(86_400 + 1801);
    assert!(keys.state().visits.is_none());
    assert_ne!(stand_in(&keys, &one(), 86_400 + 1802), kept);
}

#[test]
fn an_epoch_that_nobody_visits_ends_too() {
    let keys = in_memory(100);
    stand_in(&keys, &one(), 1000).unwrap();
    keys.tidied_at(1100);
    assert_eq!(keys.state().current.as_ref().map(|held| held.epoch.number()), Some(11));
    keys.wipe();
    assert!(keys.state().current.is_none());
}

#[test]
fn a_key_in_a_file_survives_a_restart_and_goes_when_the_settings_name_another() {
    let path = std::env::temp_dir().join(format!("privet-keys-{}", std::process::id()));
    let in_file = || Keys::new(&settings(100, KeyPlace::File(path.clone())));
    let first = stand_in(&in_file(), &one(), 1000);
    assert_eq!(stand_in(&in_file(), &one(), 1001), first);
    assert_ne!(stand_in(&in_file(), &one(), 1101), first);
    let keys = in_file();
    assert!(path.exists());
    keys.set(&settings(100, KeyPlace::Memory));
    assert!(!path.exists());
}

/// A store that knows the four commands, and forgets nothing while a test lasts.
#[derive(Clone, Default)]
struct FakeStore(Arc<Mutex<HashMap<String, String>>>);

impl FakeStore {
    async fn start(password: Option<&'static str>) -> (Self, StoreAddress) {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let store = Self::default();
        let serving = store.clone();
        tokio::spawn(async move {
            while let Ok((socket, _)) = listener.accept().await {
                tokio::spawn(serving.clone().serve(socket, password));
            }
        });
        (store, address(port))
    }

    async fn serve(self, socket: TcpStream, password: Option<&str>) {
        let mut socket = BufReader::new(socket);
        let mut open = password.is_none();
        while let Some(words) = command(&mut socket).await {
            let words: Vec<&str> = words.iter().map(String::as_str).collect();
            let answer = match words[..] {
                ["AUTH", given] | ["AUTH", _, given] => {
                    open = Some(given) == password;
                    if open { "+OK\r\n".to_owned() } else { "-WRONGPASS no\r\n".to_owned() }
                }
                _ if !open => "-NOAUTH first\r\n".to_owned(),
                ["SELECT", _] => "+OK\r\n".to_owned(),
                ["SET", name, value, "NX", "PX", left] => {
                    assert!(left.parse::<u64>().unwrap() <= 100_000, "{left}");
                    let mut held = self.0.lock().unwrap();
                    if held.contains_key(name) {
                        "$-1\r\n".to_owned()
                    } else {
                        held.insert(name.to_owned(), value.to_owned());
                        "+OK\r\n".to_owned()
                    }
                }
                ["GET", name] => match self.0.lock().unwrap().get(name) {
                    Some(value) => format!("${}\r\n{value}\r\n", value.len()),
                    None => "$-1\r\n".to_owned(),
                },
                _ => "-ERR unknown command\r\n".to_owned(),
            };
            if socket.get_mut().write_all(answer.as_bytes()).await.is_err() {
                return;
            }
        }
    }
}

async fn command(socket: &mut BufReader<TcpStream>) -> Option<Vec<String>> {
    let mut lines = Vec::new();
    let mut expected = 1;
    while lines.len() < expected {
        let mut line = String::new();
        if socket.read_line(&mut line).await.ok()? == 0 {
            return None;
        }
        if let Some(count) = line.strip_prefix('*') {
            expected = 1 + 2 * count.trim().parse::<usize>().ok()?;
        }
        lines.push(line.trim_end().to_owned());
    }
    Some(lines.into_iter().skip(2).step_by(2).collect())
}

fn address(port: u16) -> StoreAddress {
    StoreAddress {
        tls: false,
        host: "127.0.0.1".to_owned(),
        port,
        user: None,
        password: None,
        database: 0,
        ca: None,
    }
}

fn shared(address: &StoreAddress) -> Keys {
    Keys::new(&settings(100, KeyPlace::Store(address.clone())))
}

#[tokio::test]
async fn instances_that_share_a_store_agree() {
    let (store, address) = FakeStore::start(None).await;
    let (one, two) = (shared(&address), shared(&address));
    one.look_after().await;
    two.look_after().await;
    let now = seconds();
    let told = stand_in(&one, &self::one(), now).unwrap();
    assert_eq!(stand_in(&two, &self::one(), now).unwrap(), told);
    assert_ne!(stand_in(&in_memory(100), &self::one(), now).unwrap(), told);
    let names: Vec<String> = store.0.lock().unwrap().keys().cloned().collect();
    assert!(names.iter().all(|name| name.starts_with("privet:key:100:")), "{names:?}");
}

#[tokio::test]
async fn without_its_store_a_key_lasts_to_the_end_of_its_epoch_and_then_nothing_is_pseudonymized() {
    let (_, address) = FakeStore::start(None).await;
    let keys = shared(&address);
    keys.look_after().await;
    let now = seconds();
    let told = stand_in(&keys, &one(), now).unwrap();
    // The store is asked only in time for the next epoch, and here never again.
    let ends = Epoch::at(now, Duration::from_secs(100)).ends();
    assert_eq!(stand_in(&keys, &one(), ends - 1).unwrap(), told);
    keys.state().next = None;
    assert_eq!(stand_in(&keys, &one(), ends), Err(NoKey::Store));
}

#[tokio::test]
async fn a_store_that_is_lost_leaves_no_key_and_one_that_is_back_does() {
    let keys = shared(&address(1));
    keys.look_after().await;
    assert_eq!(stand_in(&keys, &one(), seconds()), Err(NoKey::Store));
    assert!(keys.state().lost);
    let (_, address) = FakeStore::start(None).await;
    keys.state().source = Source::Store(Arc::new(Store::new(address)));
    keys.look_after().await;
    assert!(stand_in(&keys, &one(), seconds()).is_ok() && !keys.state().lost);
}

#[tokio::test]
async fn a_store_lets_in_who_knows_its_password_and_says_nothing_of_it() {
    let (_, mut address) = FakeStore::start(Some("hunter2")).await;
    let epoch = Epoch::at(seconds(), Duration::from_secs(100));
    let asked = |address: &StoreAddress| {
        let store = Store::new(address.clone());
        async move { store.key(epoch, &drawn().unwrap()).await.map(|_| ()) }
    };
    assert_eq!(asked(&address).await, Err(store::StoreError::Refused));
    address.password = Some(crate::config::Password::new("hunter2".to_owned()));
    address.user = Some("privet".to_owned());
    address.database = 3;
    assert_eq!(asked(&address).await, Ok(()));
    assert!(!format!("{address:?}").contains("hunter2"));
}

#[tokio::test]
async fn a_store_that_does_not_answer_is_not_waited_for() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let store = Store::new(address(listener.local_addr().unwrap().port()));
    let told = store.key(Epoch::at(seconds(), Duration::from_secs(100)), &drawn().unwrap()).await;
    assert_eq!(told.map(|_| ()), Err(store::StoreError::Slow));
}

#[tokio::test]
async fn nonsense_from_a_store_is_no_key() {
    for nonsense in ["*1\r\n$-1\r\n", "+OK\r\n$64\r\nshort\r\n", "+OK\r\n$2\r\nab\r\n", "x", "\u{e9}\r\n"] {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let store = Store::new(address(listener.local_addr().unwrap().port()));
        tokio::spawn(async move {
            let (mut socket, _) = listener.accept().await.unwrap();
            let _ = socket.write_all(nonsense.as_bytes()).await;
            let _ = socket.shutdown().await;
            // Held until the other side is done.
            let _ = command(&mut BufReader::new(socket)).await;
        });
        let told = store.key(Epoch::at(seconds(), Duration::from_secs(100)), &drawn().unwrap()).await;
        assert!(told.is_err(), "{nonsense:?}");
    }
}

#[test]
fn a_reload_away_from_a_store_forgets_its_key() {
    let keys = shared(&address(1));
    keys.state().take(Held::new(Epoch::at(0, Duration::from_secs(100)), Key::from_bytes([1; 32])));
    keys.set(&settings(100, KeyPlace::File(PathBuf::from("/nowhere/key"))));
    assert!(keys.state().current.is_none());
}
