//! What a store of shared keys answers: a short line or two, or an error.
#![no_main]

use libfuzzer_sys::fuzz_target;
use privet::proxy::keys::store::{StoreError, heard};

/// More than a key takes, and less than anything a peer could fill memory with.
const LONGEST: usize = 1024;

fuzz_target!(|data: &[u8]| {
    let (answer, left) = read(data);
    let told = match &answer {
        Ok(Some(told)) => told.as_str(),
        Ok(None) | Err(StoreError::Refused) => "",
        Err(error) => return assert!(matches!(error, StoreError::Malformed | StoreError::Unreachable)),
    };
    let came = &data[..data.len() - left];
    assert!(came.ends_with(b"\n"), "half an answer was read as one: {came:?}");
    assert!(told.len() <= LONGEST && told.is_ascii() && !told.contains(['\r', '\n']), "{told:?}");
    let plain: Vec<u8> = came.iter().copied().filter(|byte| *byte != b'\r').collect();
    assert!(plain.len() <= 2 * LONGEST + 2, "{} bytes were read", plain.len());
    assert!(plain.ends_with(format!("{told}\n").as_bytes()) || told.is_empty(), "{told:?} of {came:?}");
    if came[0] == b'$' && !told.is_empty() {
        assert!(
            plain.starts_with(format!("${}\n", told.len()).as_bytes())
                || plain[1] == b'+'
                || plain[1] == b'0',
            "{came:?}"
        );
    }
    // What comes behind an answer is another's.
    assert_eq!(read(came), (answer, 0));
});

/// An answer, and how much was not read.
fn read(mut bytes: &[u8]) -> (Result<Option<String>, StoreError>, usize) {
    let runtime = tokio::runtime::Builder::new_current_thread().build().expect("a runtime");
    let answer = runtime.block_on(heard(&mut bytes));
    (answer.map(|told| told.map(|told| told.to_string())), bytes.len())
}
