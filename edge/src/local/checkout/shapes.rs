//! Objects as Stripe's API has them: all fields that its official SDKs require, with null where there is nothing.

use serde_json::{Value, json};

use super::records::{Dispute, DisputeStatus, Intent, Order, Refund, RefundStatus, Session, SessionStatus};

/// The version of the API whose shapes these are.
pub(super) const API_VERSION: &str = "2026-10-28.endive";

/// What nothing here ever sets.
const NULLS_OF_SESSION: &[&str] = &[
    "after_expiration",
    "allow_promotion_codes",
    "allowed_payment_method_types",
    "billing_address_collection",
    "client_secret",
    "collected_information",
    "consent",
    "consent_collection",
    "currency_conversion",
    "customer",
    "customer_account",
    "integration_identifier",
    "invoice",
    "managed_payments",
    "origin_context",
    "payment_link",
    "payment_method_configuration_details",
    "permissions",
    "recovered_from",
    "saved_payment_method_options",
    "setup_intent",
    "shipping_address_collection",
    "shipping_cost",
    "subscription",
    "wallet_options",
];
const NULLS_OF_INTENT: &[&str] = &[
    "allowed_payment_method_types",
    "application",
    "application_fee_amount",
    "automatic_payment_methods",
    "canceled_at",
    "cancellation_reason",
    "customer",
    "customer_account",
    "excluded_payment_method_types",
    "last_payment_error",
    "managed_payments",
    "next_action",
    "on_behalf_of",
    "payment_method_configuration_details",
    "payment_record",
    "processing",
    "review",
    "setup_future_usage",
    "shipping",
    "source",
    "statement_descriptor",
    "transfer_data",
    "transfer_group",
];
const NULLS_OF_CHARGE: &[&str] = &[
    "application",
    "application_fee",
    "application_fee_amount",
    "balance_transaction",
    "customer",
    "failure_balance_transaction",
    "failure_code",
    "failure_message",
    "on_behalf_of",
    "receipt_number",
    "receipt_url",
    "review",
    "shipping",
    "source",
    "source_transfer",
    "statement_descriptor",
    "transfer_data",
    "transfer_group",
];
const NULLS_OF_REFUND: &[&str] = &[
    "balance_transaction",
    "customer",
    "customer_account",
    "payment_method",
    "receipt_number",
    "source_transfer_reversal",
    "transfer_reversal",
];

const NULLS_OF_EVIDENCE: &[&str] = &[
    "access_activity_log",
    "billing_address",
    "cancellation_policy",
    "cancellation_policy_disclosure",
    "cancellation_rebuttal",
    "customer_communication",
    "customer_email_address",
    "customer_name",
    "customer_purchase_ip",
    "customer_signature",
    "duplicate_charge_documentation",
    "duplicate_charge_explanation",
    "duplicate_charge_id",
    "product_description",
    "receipt",
    "refund_policy",
    "refund_policy_disclosure",
    "refund_refusal_explanation",
    "service_date",
    "service_documentation",
    "shipping_address",
    "shipping_carrier",
    "shipping_date",
    "shipping_documentation",
    "shipping_tracking_number",
    "uncategorized_file",
    "uncategorized_text",
];

/// The code in small letters.
pub(super) fn currency(order: &Order) -> String {
    order.total.currency.code().to_lowercase()
}

/// A `checkout.session`.
pub(super) fn session(session: &Session) -> Value {
    let order = &session.order;
    let amount = order.total.at_stripe();
    let is_open = session.status == SessionStatus::Open;
    let details = order.customer_email.as_ref().map(|email| {
        json!({
            "address": null, "business_name": null, "email": email, "individual_name": null, "name": null,
            "phone": null, "tax_exempt": "none", "tax_ids": null,
        })
    });
    with_nulls(
        json!({
            "id": session.id,
            "object": "checkout.session",
            "adaptive_pricing": order.adaptive_pricing.map(|enabled| json!({ "enabled": enabled })),
            "amount_subtotal": amount,
            "amount_total": amount,
            "automatic_tax": { "enabled": false, "liability": null, "provider": null, "status": null },
            "cancel_url": order.cancel_url,
            "client_reference_id": order.client_reference_id,
            "created": session.created,
            "currency": currency(order),
            "custom_fields": [],
            "custom_text": {
                "after_submit": null, "shipping_address": null, "submit": null, "terms_of_service_acceptance": null,
            },
            "customer_creation": "if_required",
            "customer_details": details,
            "customer_email": order.customer_email,
            "discounts": [],
            "excluded_payment_method_types": order.excluded_methods,
            "expires_at": session.expires_at,
            "invoice_creation": {
                "enabled": false,
                "invoice_data": {
                    "account_tax_ids": null, "custom_fields": null, "description": null, "footer": null, "issuer": null,
                    "metadata": {}, "rendering_options": null,
                },
            },
            "livemode": false,
            "locale": order.locale,
            "metadata": order.metadata,
            "mode": "payment",
            "payment_intent": session.intent,
            "payment_method_collection": "if_required",
            "payment_method_options": options(order),
            "payment_method_types": order.methods,
            "payment_status": if session.is_paid { "paid" } else { "unpaid" },
            "phone_number_collection": { "enabled": false },
            "shipping_options": [],
            "status": session.status.name(),
            "submit_type": order.submit_type,
            "success_url": order.success_url,
            "total_details": { "amount_discount": 0, "amount_shipping": 0, "amount_tax": 0 },
            "ui_mode": "hosted_page",
            "url": is_open.then_some(&session.url),
        }),
        NULLS_OF_SESSION,
    )
}

fn options(order: &Order) -> Value {
    let options = order.expires_after_days.iter();
    options.map(|(method, days)| (method.clone(), json!({ "expires_after_days": days }))).collect()
}

/// A `dispute`.
pub(super) fn dispute(dispute: &Dispute) -> Value {
    let case_type = if dispute.status.is_inquiry() { "inquiry" } else { "chargeback" };
    json!({
        "id": dispute.id,
        "object": "dispute",
        "amount": dispute.amount,
        "balance_transactions": [],
        "charge": dispute.charge,
        "created": dispute.created,
        "currency": dispute.currency,
        "enhanced_eligibility_types": [],
        "evidence": with_nulls(json!({ "enhanced_evidence": {} }), NULLS_OF_EVIDENCE),
        "evidence_details": {
            "due_by": dispute.due_by, "enhanced_eligibility": {}, "has_evidence": false, "past_due": false,
            "submission_count": 0, "submission_method": "not_submitted",
        },
        "intended_submission_method": null,
        "is_charge_refundable": dispute.status == DisputeStatus::WarningNeedsResponse,
        "livemode": false,
        "metadata": {},
        "payment_intent": dispute.intent,
        "payment_method_details": {
            "card": { "brand": "visa", "case_type": case_type, "network": "visa", "network_reason_code": "10.4" },
            "type": "card",
        },
        "reason": "fraudulent",
        "status": dispute.status.name(),
    })
}

/// A `payment_intent`.
pub(super) fn intent(intent: &Intent) -> Value {
    let order = &intent.order;
    with_nulls(
        json!({
            "id": intent.id,
            "object": "payment_intent",
            "amount": intent.amount(),
            "amount_capturable": 0,
            "amount_details": { "tip": {} },
            "amount_received": intent.received(),
            "capture_method": "automatic_async",
            "client_secret": format!("{}_secret_standin", intent.id),
            "confirmation_method": "automatic",
            "created": intent.created,
            "currency": currency(order),
            "description": order.intent_description,
            "latest_charge": intent.charge,
            "livemode": false,
            "metadata": order.intent_metadata,
            "payment_method": intent.method_id,
            "payment_method_options": {},
            "payment_method_types": [intent.method],
            "receipt_email": order.receipt_email,
            "statement_descriptor_suffix": order.statement_descriptor_suffix,
            "status": intent.status.name(),
        }),
        NULLS_OF_INTENT,
    )
}

/// The `charge` of a payment intent.
pub(super) fn charge(intent: &Intent) -> Value {
    let order = &intent.order;
    with_nulls(
        json!({
            "id": intent.charge,
            "object": "charge",
            "amount": intent.amount(),
            "amount_captured": intent.received(),
            "amount_refunded": intent.refunded,
            "billing_details": {
                "address": null, "email": order.customer_email, "name": null, "phone": null, "tax_id": null,
            },
            "calculated_statement_descriptor": "STAND-IN",
            "captured": true,
            "created": intent.created,
            "currency": currency(order),
            "description": order.intent_description,
            "disputed": false,
            "fraud_details": {},
            "livemode": false,
            "metadata": order.intent_metadata,
            "outcome": {
                "advice_code": null, "network_advice_code": null, "network_decline_code": null,
                "network_status": "approved_by_network", "reason": null, "risk_level": "normal",
                "seller_message": "Payment complete.", "type": "authorized",
            },
            "paid": true,
            "payment_intent": intent.id,
            "payment_method": intent.method_id,
            "payment_method_details": { "type": intent.method },
            "receipt_email": order.receipt_email,
            "refunded": intent.refunded == intent.amount(),
            "statement_descriptor_suffix": order.statement_descriptor_suffix,
            "status": "succeeded",
        }),
        NULLS_OF_CHARGE,
    )
}

/// A `refund`.
pub(super) fn refund(refund: &Refund) -> Value {
    let mut shape = with_nulls(
        json!({
            "id": refund.id,
            "object": "refund",
            "amount": refund.amount,
            "charge": refund.charge,
            "created": refund.created,
            "currency": refund.currency,
            "metadata": refund.metadata,
            "payment_intent": refund.intent,
            "reason": refund.reason,
            "status": refund.status.name(),
        }),
        NULLS_OF_REFUND,
    );
    if let Some(email) = &refund.instructions_email {
        shape["instructions_email"] = json!(email);
    }
    match refund.status {
        RefundStatus::Pending => shape["pending_reason"] = json!("processing"),
        RefundStatus::Failed => shape["failure_reason"] = json!("lost_or_stolen_card"),
        RefundStatus::Succeeded => {}
    }
    shape
}

/// Refunds, the newest first.
pub(super) fn list(refunds: &[&Refund], limit: u64) -> Value {
    let most = usize::try_from(limit).unwrap_or(usize::MAX);
    let data: Vec<Value> = refunds.iter().rev().take(most).map(|one| refund(one)).collect();
    json!({ "object": "list", "url": "/v1/refunds", "has_more": refunds.len() > most, "data": data })
}

fn with_nulls(mut shape: Value, names: &[&str]) -> Value {
    for name in names {
        shape[*name] = Value::Null;
    }
    shape
}
