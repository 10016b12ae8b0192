//! `propose`: suggested times, as whole texts.

use crate::desk::{Desk, SANDBOX};

const NOT_CONSIDERED: &str =
    "Existing bookings were not considered: add `--data <folder>` to include them.\n";

#[test]
fn three_soon_times_on_three_days_from_morning_to_evening() {
    Desk::new()
        .run(&["propose", "aiko/intro"])
        .answers(
            "\
Introductory call with Aiko Tanaka, 30 minutes

Friday 27 November 2026, 09:00–09:30
Tokyo (UTC+9)
https://meet.example.com/aiko/intro/?slot=2026-11-27T00:00Z&slots=1c8ae00.1c8bfee.1c8c660

Monday 30 November 2026, 13:30–14:00
Tokyo (UTC+9)
https://meet.example.com/aiko/intro/?slot=2026-11-30T04:30Z&slots=1c8ae00.1c8bfee.1c8c660

Tuesday 1 December 2026, 17:00–17:30
Tokyo (UTC+9)
https://meet.example.com/aiko/intro/?slot=2026-12-01T08:00Z&slots=1c8ae00.1c8bfee.1c8c660

Or choose another time
https://meet.example.com/aiko/intro/
",
        )
        .tells(NOT_CONSIDERED)
        .ends_with_code(0);
}

#[test]
fn in_a_sandbox_it_is_said_who_can_book() {
    let told = format!("{SANDBOX}{NOT_CONSIDERED}");
    Desk::sandbox().run(&["propose", "aiko/intro"]).tells(&told).ends_with_code(0);
}

#[test]
fn html_for_a_mail_in_the_readers_zone_with_the_hosts_beside() {
    Desk::new()
        .run(&[
            "propose",
            "aiko/intro",
            "--slot",
            "2026-12-15T10:00",
            "--slot",
            "2026-12-15T16:00",
            "--time-zone",
            "America/New_York",
            "--name",
            "Mara <Lind>",
            "--utm-medium",
            "email",
            "--format",
            "html",
            "--duration",
            "15",
        ])
        .answers(
            r#"<table lang="en" role="presentation" cellpadding="0" cellspacing="0" border="0">
<tr><td style="font-family:Arial,Helvetica,sans-serif;font-size:15px;mso-line-height-rule:exactly;line-height:22px;padding:0 0 12px 0">Introductory call with Aiko Tanaka, 15 minutes</td></tr>
<tr><td style="padding:0 0 8px 0"><table role="presentation" cellpadding="0" cellspacing="0" border="0"><tr><td style="font-family:Arial,Helvetica,sans-serif;font-size:15px;mso-line-height-rule:exactly;line-height:22px;border:1px solid #767676;padding:8px 14px"><a href="https://meet.example.com/aiko/intro/?slot=2026-12-15T01:00Z&amp;slots=1c9137c.1c914e4&amp;duration=15&amp;tz=America%2FNew_York&amp;utm_medium=email&amp;name=Mara+%3CLind%3E"><b>Monday 14 December 2026, 20:00–20:15</b></a><br>New York (UTC−5) · Tuesday 15 December 2026, 10:00 in Tokyo</td></tr></table></td></tr>
<tr><td style="padding:0 0 8px 0"><table role="presentation" cellpadding="0" cellspacing="0" border="0"><tr><td style="font-family:Arial,Helvetica,sans-serif;font-size:15px;mso-line-height-rule:exactly;line-height:22px;border:1px solid #767676;padding:8px 14px"><a href="https://meet.example.com/aiko/intro/?slot=2026-12-15T07:00Z&amp;slots=1c9137c.1c914e4&amp;duration=15&amp;tz=America%2FNew_York&amp;utm_medium=email&amp;name=Mara+%3CLind%3E"><b>Tuesday 15 December 2026, 02:00–02:15</b></a><br>New York (UTC−5) · 16:00 in Tokyo</td></tr></table></td></tr>
<tr><td style="font-family:Arial,Helvetica,sans-serif;font-size:15px;mso-line-height-rule:exactly;line-height:22px;padding:4px 0 0 0"><a href="https://meet.example.com/aiko/intro/?duration=15&amp;tz=America%2FNew_York&amp;utm_medium=email&amp;name=Mara+%3CLind%3E">Or choose another time</a></td></tr>
</table>
"#,
        )
        .tells(NOT_CONSIDERED)
        .ends_with_code(0);
}

#[test]
fn what_cannot_be_suggested_is_refused() {
    let desk = Desk::new();
    desk.run(&["propose", "aiko/intro", "--slot", "2026-12-15T10:10"])
        .answers("")
        .tells("generator: aiko/intro does not offer 2026-12-15T10:10 for 30 minutes. `generator explain aiko/intro 2026-12-15T10:10 --duration 30` says why.\n")
        .ends_with_code(1);
    desk.run(&["propose", "aiko/intro", "--locale", "ja"])
        .answers("")
        .tells("generator: aiko/intro is not available in `ja`. It is in: en.\n")
        .ends_with_code(1);
    desk.run(&["propose", "aiko/intro", "--data", "nosuch"])
        .answers("")
        .tells("generator: nosuch has no bookings in it: name the folder that `serve --data` writes to.\n")
        .ends_with_code(1);
    let long = "x".repeat(3000);
    desk.run(&["propose", "aiko/intro", "--utm-campaign", &long])
        .answers("")
        .tells("generator: the link would have 3103 bytes; mail programs and servers cut links at 2000\n")
        .ends_with_code(1);
    for wrong in [["--count", "0"], ["--count", "13"], ["--time-zone", "Mars/Olympus"], ["--email", "mara@"]]
    {
        let arguments: Vec<&str> = ["propose", "aiko/intro"].into_iter().chain(wrong).collect();
        desk.run(&arguments).answers("").ends_with_code(2);
    }
}
