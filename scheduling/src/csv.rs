//! Tables as CSV (RFC 4180), in which no spreadsheet takes a cell for a formula.

/// A table of texts, its first row the columns' names.
pub fn table<const COLUMNS: usize>(rows: impl Iterator<Item = [String; COLUMNS]>) -> String {
    rows.map(|row| row.map(|cell| quoted(&cell)).join(",") + "\r\n").collect()
}

/// A cell, with an apostrophe before anything that a spreadsheet would calculate, which marks it as text.
fn quoted(cell: &str) -> String {
    let calculates = cell.starts_with(['=', '+', '-', '@', '\t', '\r', '\n', '＝', '＋', '－', '＠']);
    let mark = if calculates { "'" } else { "" };
    format!("\"{mark}{}\"", cell.replace('"', "\"\""))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(cell: &str, expected: &str) {
        let rows = [[cell.to_owned(), "b".to_owned()]];
        assert_eq!(table(rows.into_iter()), format!("{expected},\"b\"\r\n"));
    }

    #[test]
    fn every_cell_is_quoted_and_none_is_a_formula() {
        check("Mara Lind", "\"Mara Lind\"");
        check("", "\"\"");
        check("a \"b\", c\nd", "\"a \"\"b\"\", c\nd\"");
        check("=1+1", "\"'=1+1\"");
        check("+49 30 1", "\"'+49 30 1\"");
        check("-1", "\"'-1\"");
        check("@SUM(A1)", "\"'@SUM(A1)\"");
        check("\t=1", "\"'\t=1\"");
        check("＝1", "\"'＝1\"");
        check("字", "\"字\"");
    }
}
