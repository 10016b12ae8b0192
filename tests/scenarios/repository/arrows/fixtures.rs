//! The test of arrows, tested: small crates as text, and all that is said of them.

use super::judge::problems;
use super::rooms::Layout;

/// Three floors: `ground`; `left` beside `right`; the crate's own page on top.
const ROOMS: &str = "folder = 'x'\nuses = []\nfloors = [['ground'], ['left', 'right'], ['lib']]\n";

/// Files besides a root that names `ground`, `left` and `right`, and everything that is wrong with them.
#[track_caller]
fn check(rooms: &str, files: &[(&str, &str)], expected: &[&str]) {
    let layout: Layout = toml::from_str(rooms).unwrap();
    let rest = ["lib.rs", "ground.rs", "left.rs", "right.rs"].map(|file| {
        (file, if file == "lib.rs" { "mod ground;\nmod left;\npub(crate) mod right;\n" } else { "" })
    });
    let is_given = |file: &str| {
        files.iter().any(|(given, _)| {
            *given == file || file.strip_suffix(".rs").is_some_and(|room| *given == format!("{room}/mod.rs"))
        })
    };
    let rest = rest.into_iter().filter(|(file, _)| !is_given(file));
    let sources =
        files.iter().copied().chain(rest).map(|(file, text)| (file.to_owned(), text.to_owned())).collect();
    assert_eq!(problems("x", &layout, &sources), expected);
}

#[test]
fn arrows_down_are_right() {
    check(
        ROOMS,
        &[
            ("ground.rs", "pub struct Stone;\nimpl Stone { pub const WEIGHT: u8 = 1; }\n"),
            ("left.rs", "use crate::ground::Stone;\nfn f() -> Stone { crate::ground::Stone }\n"),
            ("right.rs", "fn f() -> u8 { crate::ground::Stone::WEIGHT }\n"),
        ],
        &[],
    );
}

#[test]
fn an_arrow_up_is_named_with_its_line_and_rooms() {
    check(
        ROOMS,
        &[("ground.rs", "//! Ground.\n\nuse crate::left::Lamp;\n"), ("left.rs", "pub struct Lamp;\n")],
        &["x/src/ground.rs:3: the room `ground` uses `left`, above it (`crate::left::Lamp`)"],
    );
}

#[test]
fn an_arrow_beside_is_wrong_too() {
    check(
        ROOMS,
        &[("left.rs", "use super::right::Lamp;\n"), ("right.rs", "pub struct Lamp;\n")],
        &["x/src/left.rs:1: the room `left` uses `right`, beside it (`super::right::Lamp`)"],
    );
}

#[test]
fn wings_that_are_apart_use_nothing_of_each_other() {
    check(
        &format!(
            "{}apart = [['left', 'right']]\n",
            ROOMS.replace("['left', 'right']", "['left'], ['right']")
        ),
        &[("right.rs", "use crate::left::Lamp;\n"), ("left.rs", "pub struct Lamp;\n")],
        &["x/src/right.rs:1: the room `right` uses `left`, apart from it (`crate::left::Lamp`)"],
    );
}

#[test]
fn groups_renamings_and_stars_are_taken_apart() {
    check(
        ROOMS,
        &[
            ("ground.rs", "use crate::{\n    left::{self, Lamp as Light},\n    right::*,\n};\n"),
            ("left.rs", "pub struct Lamp;\n"),
        ],
        &[
            "x/src/ground.rs:2: the room `ground` uses `left`, above it (`crate::left`)",
            "x/src/ground.rs:3: the room `ground` uses `right`, above it (`crate::right`)",
        ],
    );
}

#[test]
fn paths_count_wherever_they_stand() {
    let places = [
        "fn f() { crate::left::g() }",
        "fn f(lamp: &crate::left::Lamp) {}",
        "fn f() { println!(\"{}\", crate::left::g()) }",
        "fn f() { use crate::left::g; g() }",
        "#[derive(Serialize)]\nstruct S {\n    #[serde(with = \"crate::left::g\")] a: u8 }",
        "macro_rules! m { () => { $crate::left::g() } }",
        "impl crate::left::Lit for u8 {}",
        "fn f() { let a = 0..crate::left::g(); }",
        "mod inner { fn f() { super::super::left::g() } }",
    ];
    for place in places {
        let layout: Layout = toml::from_str(ROOMS).unwrap();
        let left = "pub fn g() {}\npub struct Lamp;\npub trait Lit {}\n";
        let files = [
            ("lib.rs", "mod ground;\nmod left;\nmod right;\n"),
            ("ground.rs", place),
            ("left.rs", left),
            ("right.rs", ""),
        ];
        let sources = files.map(|(file, text)| (file.to_owned(), text.to_owned())).into();
        let problems = problems("x", &layout, &sources);
        assert_eq!(problems.len(), 1, "{place}: {problems:?}");
        assert!(problems[0].contains("the room `ground` uses `left`, above it"), "{problems:?}");
    }
}

#[test]
fn fields_methods_and_other_crates_are_not_arrows() {
    check(
        ROOMS,
        &[
            (
                "ground.rs",
                "use std::left::x;\nfn f(a: A) { a.left.g(); a.left::<u8>(); left::g(); let left = 1; left; }\n",
            ),
            ("left.rs", "pub fn g() {}\n"),
        ],
        &[],
    );
}

#[test]
fn a_re_export_leads_to_the_file_that_defines() {
    check(
        ROOMS,
        &[
            ("ground.rs", "use crate::Lamp;\nuse crate::shade;\n"),
            ("lib.rs", "mod ground;\nmod left;\nmod right;\npub use left::Lamp;\npub use right::*;\n"),
            ("left/mod.rs", "mod lamps;\npub use lamps::Lamp;\n"),
            ("left/lamps.rs", "pub struct Lamp;\n"),
            ("right.rs", "pub fn shade() {}\n"),
        ],
        &[
            "x/src/ground.rs:1: the room `ground` uses `left`, above it (`crate::Lamp`)",
            "x/src/ground.rs:2: the room `ground` uses `right`, above it (`crate::shade`)",
        ],
    );
}

#[test]
fn what_a_macro_makes_is_where_it_is_called_and_other_names_must_be_there() {
    check(
        ROOMS,
        &[
            ("ground.rs", "use crate::left::Lamp;\n"),
            ("left.rs", "lamps! { Lamp }\n"),
            ("right.rs", "use crate::ground::Stone;\n"),
        ],
        &[
            "x/src/right.rs:1: `crate::ground::Stone` leads nowhere",
            "x/src/ground.rs:1: the room `ground` uses `left`, above it (`crate::left::Lamp`)",
        ],
    );
}

#[test]
fn a_name_that_was_imported_leads_further() {
    check(
        ROOMS,
        &[
            ("left/mod.rs", "pub mod lamps;\n"),
            ("left/lamps.rs", "pub fn light() {}\n"),
            ("right.rs", "use crate::ground::lamps;\nfn f() { lamps::light() }\n"),
            ("ground.rs", "pub use crate::left::lamps;\n"),
        ],
        &[
            "x/src/ground.rs:1: the room `ground` uses `left`, above it (`crate::left::lamps`)",
            "x/src/right.rs:1: the room `right` uses `left`, beside it (`crate::ground::lamps`)",
        ],
    );
}

#[test]
fn tests_may_import_what_they_like_and_must_be_rust() {
    check(
        ROOMS,
        &[
            (
                "ground.rs",
                "#[cfg(test)]\nmod tests;\n#[cfg(test)]\nuse crate::left::g;\n#[cfg(test)]\nfn f() { crate::left::g() }\n\
                 struct S;\nimpl S {\n    #[cfg(test)]\n    fn f() { crate::left::g() }\n}\n#[cfg(test)]\nmod inner { use crate::left::g; }\n",
            ),
            ("ground/tests.rs", "mod more;\nuse crate::left::g;\n"),
            ("ground/tests/more.rs", "fn 1() {}"),
            ("left.rs", "pub fn g() {}\n"),
        ],
        &["x/src/ground/tests/more.rs:1: expected identifier"],
    );
}

#[test]
fn a_file_has_a_room_and_a_room_has_a_file() {
    check(
        &ROOMS.replace("'right'", "'right', 'attic'"),
        &[("lib.rs", "mod ground;\nmod left;\nmod right;\nmod shed;\n"), ("shed.rs", ""), ("cellar.rs", "")],
        &[
            "x/src/cellar.rs: no `mod` leads to it",
            "x/src/cellar.rs is in no room",
            "x/src/shed.rs is in no room",
            "x/src/attic is a room without a file",
        ],
    );
}

/// Three files of one room: each needs the next.
const ROUND: [(&str, &str); 4] = [
    ("left/mod.rs", "mod a;\nmod b;\nmod c;\npub use a::A;\n"),
    ("left/a.rs", "use super::b::B;\npub struct A(B);\n"),
    ("left/b.rs", "use super::c::C;\npub struct B(C);\n"),
    ("left/c.rs", "use super::A;\npub struct C(Box<A>);\n"),
];

#[test]
fn files_of_a_room_in_a_circle_are_named() {
    check(
        ROOMS,
        &ROUND,
        &[
            "x/src/left/a.rs: a circle of files within a room: left/a.rs -> left/b.rs, left/b.rs -> left/c.rs, left/c.rs -> left/a.rs",
        ],
    );
}

#[test]
fn a_pair_with_a_reason_may_need_each_other_and_no_third() {
    let pair = [
        ("left/mod.rs", "mod a;\nmod b;\n"),
        ("left/a.rs", "use super::b::B;\npub struct A(B);\n"),
        ("left/b.rs", "use super::a::A;\npub struct B(Box<A>);\n"),
    ];
    check(
        ROOMS,
        &pair,
        &["x/src/left/a.rs: a circle of files within a room: left/a.rs -> left/b.rs, left/b.rs -> left/a.rs"],
    );
    let listed = format!("{ROOMS}circles = [{{ files = ['left/a.rs', 'left/b.rs'], reason = 'Twins.' }}]\n");
    check(&listed, &pair, &[]);
    check(&listed, &ROUND, &["x/src/left/a.rs: a circle of files within a room: left/c.rs -> left/a.rs"]);
    check(
        &listed,
        &[],
        &[
            "x/src/left/a.rs and left/b.rs are listed as a circle and do not need each other: take the line out",
        ],
    );
}

#[test]
fn the_map_of_a_room_is_not_in_a_circle_with_what_it_hands_on() {
    let map = "mod a;\npub use a::A;\npub fn shared() {}\n";
    let a = "pub struct A;\nfn f() { super::shared() }\n";
    check(ROOMS, &[("left/mod.rs", map), ("left/a.rs", a)], &[]);
    let uses = format!("{map}fn f(a: A) {{}}\n");
    check(
        ROOMS,
        &[("left/mod.rs", &uses), ("left/a.rs", a)],
        &[
            "x/src/left/a.rs: a circle of files within a room: left/a.rs -> left/mod.rs, left/mod.rs -> left/a.rs",
        ],
    );
}
