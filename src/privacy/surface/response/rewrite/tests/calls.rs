//! Calls, by what becomes of a text: what would show the visitor's address is out of reach, what only resembles it
//! stays.

use super::{rewritten, vendor};

#[test]
fn servers_that_would_learn_the_address_are_out_of_reach() {
    let vendor = vendor();
    for (before, after) in [
        (r#"{"urls":"stun:stun.l.example:19302"}"#, r#"{"urls":"stun:none.invalid:19302"}"#),
        (r#"["turns:198.51.100.7?transport=tcp"]"#, r#"["turns:none.invalid?transport=tcp"]"#),
        ("'TURN:eu.vendor.example'", "'TURN:none.invalid'"),
        ("\"turn:[2001:db8::1]:3478\"", "\"turn:none.invalid:3478\""),
        ("\\\"stun:a.example\\\"", "\\\"stun:none.invalid\\\""),
        ("stuns:a.example", "stuns:none.invalid"),
        ("{turn:e.x,a:\"return:b.c\"}", "{turn:e.x,a:\"return:b.c\"}"),
        ("\"turn:left\"", "\"turn:left\""),
    ] {
        assert_eq!(rewritten(&vendor, before), after, "{before}");
    }
}

#[test]
fn a_server_that_a_script_puts_together_is_out_of_reach_and_one_it_asks_for_is_none() {
    let (vendor, nowhere) = (vendor(), format!("{}.invalid", ["unreachable"; 6].join("-")));
    for (before, after) in [
        ("{urls:\"turn:\"+h+\":3478\"}", "{urls:\"turn:NOWHERE\"+h+\":3478\"}"),
        ("'stun:' +h", "'stun:NOWHERE' +h"),
        ("`turns:${h}:443`", "`turns:NOWHERE${h}:443`"),
        ("\"turn:\".concat(h)", "\"turn:NOWHERE\".concat(h)"),
        ("[\"turn:\",h].join(\"\")", "[\"turn:NOWHERE\",h].join(\"\")"),
        ("eval(\"a=\\\"turn:\\\"+h\")", "eval(\"a=\\\"turn:NOWHERE\\\"+h\")"),
        ("\"turn:turn-\"+zone+\".x.example\"", "\"turn:NOWHERE\"+zone+\".x.example\""),
        ("\"stun:stun.x.\"+tld", "\"stun:NOWHERE\"+tld"),
        ("{\"scheme\":\"turn:\",\"host\":\"x\"}", "{\"scheme\":\"turn:NOWHERE\",\"host\":\"x\"}"),
        ("0===u.indexOf(\"turn:\")", "0===u.indexOf(\"turn:\")"),
        ("u.startsWith('turns:')&&f()", "u.startsWith('turns:')&&f()"),
        ("switch(p){case\"stun:\":}p===\"turn:\"", "switch(p){case\"stun:\":}p===\"turn:\""),
        ("/^turn:/.test(u) \"turn:left\"", "/^turn:/.test(u) \"turn:left\""),
        ("s(\"turn:a.b\".length)", "s(\"turn:none.invalid\".length)"),
    ] {
        assert_eq!(rewritten(&vendor, before), after.replace("NOWHERE", &nowhere), "{before}");
    }
}

#[test]
fn a_list_of_such_servers_comes_home_empty() {
    let vendor = vendor();
    let long = format!("iceServers:[{}]", "{urls:u},".repeat(600));
    for (before, after) in [
        (
            r#"{"iceServers":[{"urls":["stun:a.b","turn:[2001:db8::1]"],"credential":"x]\"]y"}],"a":[1]}"#,
            r#"{"iceServers":[],"a":[1]}"#,
        ),
        (r#"{"ice_servers" : [ {"url":"turn:a.b"} ]}"#, r#"{"ice_servers" : []}"#),
        ("new P({iceServers:[{urls:f(\"a\")[0]}]})", "new P({iceServers:[]})"),
        ("c.iceServers=[{urls:e}];g()", "c.iceServers=[];g()"),
        ("{iceServers:e.iceServers||[{urls:u}]}", "{iceServers:e.iceServers||[]}"),
        ("set(\"ice-servers\", [u])", "set(\"ice-servers\", [])"),
        (r#"a["{\"stunServers\":[{\"urls\":\"stun:a.b\",\"k\":\"]\"}]}"]"#, r#"a["{\"stunServers\":[]}"]"#),
        ("data-c=\"{&quot;turnServers&quot;:[&quot;]&quot;]}\"", "data-c=\"{&quot;turnServers&quot;:[]}\""),
        (
            "e.iceServers[0] iceServers.map([1]) iceServers:[]",
            "e.iceServers[0] iceServers.map([1]) iceServers:[]",
        ),
        ("iceServers:f([1]) the iceServers [1]", "iceServers:f([1]) the iceServers [1]"),
        ("iceServers:[{urls:\"stun:a.b\"", "iceServers:[{urls:\"stun:none.invalid\""),
        (&long, &long),
    ] {
        assert_eq!(rewritten(&vendor, before), after, "{before}");
    }
}

#[test]
fn a_chat_that_is_said_to_be_able_to_call_is_said_to_be_unable() {
    let vendor = vendor();
    for (before, after) in [
        (r#"{"canCall":true,"canChat":true}"#, r#"{"canCall":false,"canChat":true}"#),
        (r#"{"video_call_enabled" : 1, "a": 1}"#, r#"{"video_call_enabled" : 0, "a": 1}"#),
        (r#"{"voiceCalls":"enabled"}"#, r#"{"voiceCalls":"disabled"}"#),
        (r#"{"webrtc":true}"#, r#"{"webrtc":false}"#),
        (r#"{"isWebRTCSupported":"true"}"#, r#"{"isWebRTCSupported":"false"}"#),
        (r#"{"screen-sharing":"Yes"}"#, r#"{"screen-sharing":"no"}"#),
        ("t.canCall=!0,t.b=!0", "t.canCall=!1,t.b=!0"),
        ("{enableVideoChat:!0}", "{enableVideoChat:!1}"),
        (
            r#"{"videoCall":{"by":{"enabled":true},"enabled":true}}"#,
            r#"{"videoCall":{"by":{"enabled":true},"enabled":false}}"#,
        ),
        (
            r#"{"calls":{"label":"Call us","is_enabled":true}}"#,
            r#"{"calls":{"label":"Call us","is_enabled":false}}"#,
        ),
        (r#"a["{\"canCall\":true}"]"#, r#"a["{\"canCall\":false}"]"#),
        ("c=%7B%22canCall%22%3Atrue%7D", "c=%7B%22canCall%22%3Afalse%7D"),
        (
            "<div data-can-call=\"true\" data-c='{&quot;canCall&quot;:true}'>",
            "<div data-can-call=\"false\" data-c='{&quot;canCall&quot;:false}'>",
        ),
        ("canCall=true", "canCall=false"),
    ] {
        assert_eq!(rewritten(&vendor, before), after, "{before}");
    }
}

#[test]
fn what_only_resembles_that_is_left_alone() {
    let vendor = vendor();
    for text in [
        r#"{"canCall":false,"canCallBack":true,"disableVideoCall":true,"call":true,"calls":1,"missedCalls":1}"#,
        r#"{"videoCall":{"provider":"x"},"type":"video_call","enabled":true,"callable":true,"canCall":"truely"}"#,
        "t.canCall===!0&&f(t.canCall==true,t.canCall=>true,t.canCall=!0x,t.canCall?true:1)",
        "f.call(true),{canCall:e.canCall,useCallback:!0,canCall2:true,enabledCalls:10,calls:{a:1},enabled:!0}",
        "The calls allowed: one. You can call: yes",
    ] {
        assert_eq!(rewritten(&vendor, text), text);
    }
}

#[test]
fn addresses_that_a_call_would_be_tried_at_are_reached_by_nobody() {
    let vendor = vendor();
    for (before, after) in [
        (
            "v=0\r\no=- 46 2 IN IP4 203.0.113.9\r\nc=IN IP6 2001:db8::9\r\na=rtcp:9 IN IP4 203.0.113.9\r\n",
            "v=0\r\no=- 46 2 IN IP4 0.0.0.0\r\nc=IN IP6 ::\r\na=rtcp:9 IN IP4 0.0.0.0\r\n",
        ),
        (
            "{\"candidate\":\"candidate:84 1 udp 1677729535 203.0.113.9 46154 typ srflx raddr 0.0.0.0 rport 0\"}",
            "{\"candidate\":\"candidate:84 1 udp 1677729535 none.invalid 46154 typ srflx raddr 0.0.0.0 rport 0\"}",
        ),
        (
            "a=candidate:1 2 TCP 21 2001:db8::9 9 typ host tcptype active\\r\\n",
            "a=candidate:1 2 TCP 21 none.invalid 9 typ host tcptype active\\r\\n",
        ),
        ("c=IN IP4 0.0.0.0 in ip4 mode, in ip6 be", "c=IN IP4 0.0.0.0 in ip4 mode, in ip6 be"),
        (
            "the candidate: a good one, of all that came here",
            "the candidate: a good one, of all that came here",
        ),
        ("candidate:{a:1} candidate:x", "candidate:{a:1} candidate:x"),
    ] {
        assert_eq!(rewritten(&vendor, before), after, "{before}");
    }
}
