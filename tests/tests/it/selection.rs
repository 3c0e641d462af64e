//! What selections select, and what is told of those that cannot.

use assetdiff::*;
use crate::build::*;

#[test]
fn quick() {
    let g = graph([asset("raw", &[]), asset("a/b", &["raw"]), asset("c", &["a/b", "gone"])]);
    for e in ["*", "key:a/b+", "+key:c", "1+key:c", "roots(*)", "sinks(*)", "not key:raw and *", "++c", "key:*a* or key:c", "key:gone+", "partitions:none", "is:external"] {
        let s = Selection::parse_dagster(e).unwrap();
        println!("{e} => {s} => {:?}", s.resolve(&SelectionScope::new(&g)).unwrap().keys());
        assert_eq!(Selection::parse_dagster(&s.to_string()).unwrap(), s);
    }
    for e in ["", "key", "key:", "key:a b", "(key:a", "key:my-asset", "foo:bar", "key:*", "status:x", "status:x and", "+*", "partitions:daily", "key:\"a\nb\"", "key:a++", "key:a and 表:x", "is:foo\u{202e}"] {
        match Selection::parse_dagster(e) { Ok(s) => println!("OK {e:?} {s}"), Err(e) => println!("{}", e.pointed()) }
    }
    for e in ["a", "+a,tag:x b", "foo:x", "@a+", "a,,b", "config:x", "state:modified+ path:models/x", "resource_type:test"] {
        match Selection::parse_dbt(e) { Ok(s) => println!("OK {e:?} {s}"), Err(e) => println!("{}", e.pointed()) }
    }
}
