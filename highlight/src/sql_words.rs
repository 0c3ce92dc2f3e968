//! The words of SQL.

use crate::painter::Class::{self, Attribute as A, Function as F, Keyword as K, Number as N, Type as T};

/// The longest of the words.
const MAX_BYTES: usize = 20;

/// The class of a word, in letters of any size; nothing when it is a name.
pub(crate) fn class(word: &[u8]) -> Option<Class> {
    let mut small = [0; MAX_BYTES];
    let small = small.get_mut(..word.len())?;
    small.copy_from_slice(word);
    small.make_ascii_lowercase();
    let letter = usize::from(small.first()?.checked_sub(b'a')?);
    let words = &WORDS[*STARTS.get(letter)?..*STARTS.get(letter + 1)?];
    let found = words.binary_search_by(|(known, _)| known.as_bytes().cmp(small)).ok()?;
    Some(words[found].1)
}

/// Where the words with each letter begin, and the end.
const STARTS: [usize; 27] = {
    let mut starts = [0; 27];
    let mut idx = 0;
    while idx < WORDS.len() {
        let letter = (WORDS[idx].0.as_bytes()[0] - b'a') as usize;
        idx += 1;
        // The last of a letter decides; a letter without words begins where it ends.
        starts[letter + 1] = idx;
    }
    let mut letter = 1;
    while letter < starts.len() {
        if starts[letter] < starts[letter - 1] {
            starts[letter] = starts[letter - 1];
        }
        letter += 1;
    }
    starts
};

#[rustfmt::skip]
const WORDS: [(&str, Class); 365] = [
    ("action", K), ("add", K), ("admin", K), ("after", K), ("all", K), ("alter", K), ("always", A),
    ("analyze", K), ("and", K), ("any", K), ("array", F), ("as", K), ("asc", A), ("atomic", A),
    ("attribute", K), ("authorization", K), ("auto_increment", A), ("avro", K), ("before", K), ("begin", K),
    ("between", K), ("bigint", T), ("bigserial", T), ("bin_pack", K), ("binary", T), ("bit", T),
    ("boolean", T), ("box2d", T), ("box3d", T), ("brin", F), ("btree", F), ("by", K), ("bytea", T),
    ("cache", K), ("cached", K), ("called", K), ("cascade", K), ("cascaded", K), ("case", K), ("cast", F),
    ("change", K), ("char", T), ("character", T), ("characteristics", K), ("check", K), ("collate", A),
    ("column", K), ("columns", K), ("comment", K), ("commit", K), ("committed", K), ("compression", K),
    ("compute", K), ("concurrently", A), ("conflict", K), ("connection", K), ("constraint", K),
    ("constraints", K), ("copy", K), ("cost", A), ("create", K), ("cross", K), ("csv", K), ("current", K),
    ("current_timestamp", A), ("cycle", K), ("data", K), ("database", K), ("date", T), ("datetime", T),
    ("datetime2", T), ("datetimeoffset", T), ("decimal", T), ("declare", K), ("default", A),
    ("deferrable", K), ("deferred", K), ("definer", K), ("delayed", K), ("delete", K), ("delimited", A),
    ("delimiter", K), ("desc", A), ("distinct", K), ("do", K), ("double", T), ("drop", K), ("duplicate", K),
    ("each", K), ("else", K), ("encoding", K), ("encrypted", K), ("end", K), ("engine", A), ("enum", T),
    ("escape", K), ("escaped", A), ("except", K), ("exclude", K), ("execute", K), ("exists", K),
    ("explain", K), ("extended", K), ("extension", K), ("external", K), ("false", N), ("fields", K),
    ("filter", K), ("first", A), ("float", T), ("float4", T), ("float8", T), ("following", A),
    ("follows", K), ("for", K), ("force", K), ("foreign", K), ("format", K), ("freeze", K), ("from", K),
    ("full", K), ("function", K), ("generated", A), ("geography", T), ("geometry", T), ("gin", F),
    ("gist", F), ("group", K), ("groups", K), ("hash", F), ("having", K), ("header", K),
    ("high_priority", K), ("identity", A), ("if", K), ("ignore", K), ("ilike", K), ("image", T), ("immediate", K),
    ("immutable", A), ("in", K), ("increment", K), ("incremental", K), ("index", K), ("inet", T),
    ("initially", K), ("inner", K), ("inout", K), ("input", K), ("insert", K), ("instead", K), ("int", T),
    ("int1", T), ("int2", T), ("int3", T), ("int4", T), ("int8", T), ("integer", T), ("intersect", K),
    ("interval", T), ("into", K), ("invoker", K), ("is", K), ("isolation", K), ("join", K), ("json", T),
    ("jsonb", T), ("jsonfile", K), ("key", K), ("language", K), ("last", A), ("lateral", K),
    ("leakproof", A), ("left", K), ("level", K), ("like", K), ("limit", K), ("lines", K), ("local", K),
    ("location", K), ("logged", K), ("low_priority", K), ("main", K), ("match", K), ("matched", K),
    ("materialized", K), ("maxvalue", K), ("mediumint", T), ("merge", K), ("metadata", K), ("minvalue", K),
    ("modify", K), ("money", T), ("name", K), ("names", K), ("natural", K), ("nchar", T), ("new", K),
    ("no", K), ("none", K), ("noscan", K), ("not", K), ("nothing", K), ("nowait", K), ("null", T),
    ("nulls", A), ("numeric", T), ("nvarchar", T), ("of", K), ("off", K), ("offset", K), ("oid", K),
    ("oids", K), ("old", K), ("on", K), ("only", K), ("optimize", K), ("option", K), ("or", K), ("orc", K),
    ("order", K), ("ordinality", K), ("others", K), ("out", K), ("outer", K), ("over", K), ("overwrite", K),
    ("owned", K), ("owner", K), ("parallel", A), ("parquet", K), ("partition", K), ("partitioned", K),
    ("password", K), ("plain", K), ("precedes", K), ("preceding", A), ("precision", K), ("primary", K),
    ("procedure", K), ("program", K), ("quote", K), ("range", K), ("rcfile", K), ("read", K), ("real", T),
    ("recursive", K), ("references", K), ("referencing", K), ("regclass", K), ("regnamespace", K),
    ("regproc", K), ("regtype", K), ("rename", K), ("repeatable", K), ("replace", K), ("replication", A),
    ("reset", K), ("restart", K), ("restrict", K), ("restricted", K), ("return", K), ("returning", K),
    ("returns", K), ("rewrite", K), ("right", K), ("role", K), ("rollback", K), ("row", K), ("rows", K),
    ("safe", A), ("schema", K), ("security", K), ("select", K), ("separator", K), ("sequence", K),
    ("sequencefile", K), ("serial", T), ("serial2", T), ("serial4", T), ("serial8", T), ("serializable", K),
    ("session", K), ("set", K), ("setof", K), ("show", K), ("similar", K), ("smalldatetime", T),
    ("smallint", T), ("smallmoney", T), ("smallserial", T), ("snapshot", K), ("some", K), ("sort", K),
    ("spgist", F), ("stable", K), ("start", K), ("statement", K), ("statistics", K), ("stats", K),
    ("stdin", K), ("storage", K), ("stored", K), ("strict", A), ("string", T), ("support", K), ("table", K),
    ("tables", K), ("tablespace", K), ("tblproperties", K), ("temp", K), ("temporary", K), ("terminated", A),
    ("text", T), ("textfile", K), ("then", K), ("ties", K), ("time", T), ("timestamp", T),
    ("timestamptz", T), ("tinyint", T), ("to", K), ("transaction", K), ("trigger", K), ("true", N),
    ("truncate", K), ("type", K), ("unbounded", K), ("uncached", K), ("uncommitted", K), ("union", K),
    ("unique", K), ("unload", K), ("unlogged", K), ("unsafe", K), ("unsigned", A), ("until", K),
    ("update", K), ("use", K), ("user", K), ("using", K), ("uuid", T), ("vacuum", K), ("valid", K),
    ("value", K), ("values", K), ("varbinary", T), ("varchar", T), ("variadic", K), ("varying", T),
    ("verbose", K), ("version", K), ("view", K), ("virtual", K), ("volatile", K), ("wait", K), ("when", K),
    ("where", K), ("window", K), ("with", K), ("without", K), ("write", K), ("xml", T), ("zerofill", K),
    ("zone", K),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_word_is_found() {
        assert!(WORDS.is_sorted_by(|a, b| a.0 < b.0), "in order, each once");
        for (word, expected) in WORDS {
            assert_eq!(class(word.to_ascii_uppercase().as_bytes()), Some(expected), "{word}");
        }
        for name in ["", "learner", "_", "Z", "zzz", "écoute", "1", &"x".repeat(60)] {
            assert_eq!(class(name.as_bytes()), None, "{name}");
        }
    }
}
