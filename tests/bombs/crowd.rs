//! Many at once: what sixteen bombs take together is sixteen times what one may take, and others are served.

use crate::large::photograph;
use crate::makers::{self, DECODED};
use crate::range::{Range, request};
use crate::support::Visitor;

const LIMIT: usize = 2 << 20;
const CROWD: usize = 16;

#[tokio::test]
async fn sixteen_bombs_at_once_take_sixteen_times_the_room_of_one_at_most() {
    let range = Range::new("crowd", LIMIT, "").await;
    for (fields, body, status) in [
        ("Content-Encoding: gzip", makers::gzip(DECODED), 413),
        ("Content-Encoding: br", makers::brotli(), 413),
        ("Content-Encoding: zstd", makers::zstd(DECODED, 23), 413),
        ("Content-Type: text/plain", makers::base64(&makers::gzip(DECODED)).into_bytes(), 413),
        ("Content-Type: image/jpeg", photograph(LIMIT), 200),
    ] {
        let thrown = request(fields, &body);
        let throw = |visitor: Visitor, bomb| tokio::spawn(async move { visitor.send(&[bomb]).await.status });
        let answers: Vec<_> = (0..CROWD).map(|_| throw(range.visitor(), thrown.clone())).collect();
        for answer in answers {
            assert_eq!(answer.await.unwrap(), status, "{fields}");
        }
    }
    range.stands(CROWD).await;
}
