//! The email with a link that signs a host in: to the host's own address, as the content has it now.

use scheduling::mail::MailAddress;
use scheduling::outbox::{AttemptOutcome, ledger_of};
use scheduling::paths;
use scheduling::sign_in_link::{SignInLink, Standing};
use scheduling::text::one_line;

use super::mail::{Mail, MailHeaders, carry, no_longer_sends, tidied};
use super::{Job, Postman, failed};
use crate::call::today::Today;
use crate::page::shell::{Fields, fill, fill_text};

/// Makes one attempt.
pub(super) async fn attempt<C: Postman>(postman: &C, job: &Job, link: &SignInLink) -> AttemptOutcome {
    if link.standing(postman.now()) != Standing::Works {
        return AttemptOutcome::Ended { reason: "the link has expired".to_owned() };
    }
    let today = match Today::of(postman, ledger_of(&job.id)).await {
        Ok(today) => today,
        Err(fault) => return failed(fault.to_string()),
    };
    let Some(settings) = &today.site.mail else { return no_longer_sends() };
    match write(postman, &today, &job.id, link).await {
        Ok(mail) => carry(postman, &today.site, settings, mail).await,
        Err(reason) => failed(reason),
    }
}

async fn write<C: Postman>(postman: &C, today: &Today, id: &str, link: &SignInLink) -> Result<Mail, String> {
    let site = &today.site;
    let settings = site.mail.as_ref().ok_or("the site no longer sends email")?;
    let host = today.host.as_ref().ok_or("the host was taken out of the content")?;
    let to =
        MailAddress::parse(&host.email).map_err(|_| "no email can be written to this address".to_owned())?;
    // In the site's first language, like all of a host's mail.
    let locale = site.default_locale();
    let words = site.words.get(locale).ok_or("the site has no text in that locale")?;
    let shells = postman.shells(locale).await.map_err(|fault| fault.to_string())?;
    let shell = |name: &str| shells.get(name).ok_or_else(|| format!("the theme has no `{name}`"));
    let token = link.token(postman.secrets(), &host.folder, host.key_version);
    let values = [("name", host.name.as_str()), ("site", &site.title)];
    let message = |key: &str| words.message(key, &values);
    let subject = message("endpoint.mail.sign_in.subject");
    let fields = Fields::default()
        .text("subject", subject.as_str())
        .text("title", message("endpoint.mail.sign_in.title"))
        .text("lead", message("endpoint.mail.sign_in.lead"))
        .text("link", format!("{}{}", site.base_url, paths::sign_in(&token)));
    Ok(Mail {
        id: id.to_owned(),
        from: settings.from.clone(),
        to,
        reply_to: None,
        subject: one_line(&subject),
        text: tidied(&fill_text(shell("sign_in_mail.txt")?, &fields, words)),
        html: fill(shell("sign_in_mail.html")?, &fields, words),
        invitation: None,
        headers: MailHeaders::default(),
    })
}
