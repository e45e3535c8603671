#include <fmt/format.h>

#include <algorithm>

#include "ledger/bundle_text.hpp"
#include "ledger/report_parts.hpp"
#include "record/agreement_statement.hpp"
#include "record/match_statement.hpp"
#include "record/match_terms.hpp"
#include "record/node_statement.hpp"
#include "record/release_statement.hpp"

namespace parley::ledger {
namespace {

using record::AgreementStatement;
using record::ApprovalStatement;
using record::DecisionStatement;
using record::MatchStatement;
using record::ReceiptStatement;

std::string list_of(const std::vector<std::string>& texts) {
  std::string out;
  for (const std::string& text : texts) out += (out.empty() ? "" : ", ") + escape_html(text);
  return out.empty() ? "none" : out;
}

Result<std::string> agreement_section(const Dossier& dossier) {
  PARLEY_TRY(const auto agreements, typed<AgreementStatement>(dossier));
  if (agreements.empty()) return std::string();
  const AgreementStatement& terms = agreements.front().body;
  std::string rows;
  for (const record::AgreementParty& party : terms.parties)
    rows += row(dossier.display(party.origin), escape_html(party.authority));
  rows += row("Purposes", list_of(terms.purposes));
  rows += row("In force", when(terms.valid_from) + " until " + when(terms.valid_to));
  rows += row("Passing on", escape_html(terms.onward));
  rows += row("Signed by", fmt::format("{} of 2 parties in this bundle", agreements.size()));
  rows += row("Agreement", code(to_hex(record::payload_hash(agreements.front().piece->statement))));
  return section("Under which authority", table(rows));
}

/// Who signed what leaves, or what is compared; nothing where nobody had to.
template <class S>
std::string officers_section(const std::vector<Typed<S>>& approvals, std::string_view units,
                             std::string_view what) {
  std::string cards;
  for (const auto& approval : approvals)
    cards += card(approval.body.unit, fmt::format("{}<br>{}<br><span class=\"sealed\">name sealed</span>",
                                                  when(approval.body.head.created),
                                                  code("key " + record::key_id(approval.body.key))));
  if (cards.empty()) return {};
  return section("Who agreed",
                 fmt::format("<p>{} officer{}{} signed exactly this {}, each with a key of their own. Any "
                             "change to it would void every signature.</p><div class=\"cards\">{}</div>",
                             approvals.size(), approvals.size() == 1 ? "" : "s", units, what, cards));
}

Result<std::string> release_sections(const Dossier& dossier) {
  PARLEY_TRY(const auto decisions, typed<DecisionStatement>(dossier));
  PARLEY_TRY(const auto approvals, typed<ApprovalStatement>(dossier));
  PARLEY_TRY(const auto receipts, typed<ReceiptStatement>(dossier));
  if (decisions.empty()) return std::string();
  const DecisionStatement& decision = decisions.front().body;

  std::string items;
  for (const record::ReleaseItem& item : decision.items)
    items += fmt::format("<tr><td>{}</td><td>{}</td><td>{}</td></tr>", code(item.ref), marking(item.marking),
                         list_of(item.redactions));
  std::string out =
      section("What was disclosed",
              "<table class=\"list\"><tr><th>Object</th><th>Marking</th><th>Taken out before</th></tr>" +
                  items + "</table>" +
                  table(row("Package (SHA-256)", code(to_hex(decision.terms.package_hash))) +
                        row("Purpose", escape_html(decision.terms.purpose)) +
                        row("Held back", fmt::format("{} objects", decision.not_released)) +
                        row("Rules that decided", list_of(decision.rules_fired))));

  out += officers_section(approvals, decision.different_units ? " of different units" : "", "decision");
  if (!receipts.empty()) {
    const ReceiptStatement& receipt = receipts.front().body;
    out += section("What the receiver signed",
                   table(row("Receiver", escape_html(dossier.display(receipt.head.node))) +
                         row("Received", when(receipt.received_at)) +
                         row("Same package", code(to_hex(receipt.package_hash))) +
                         row("Conditions accepted", list_of(receipt.conditions_accepted))));
  }
  return out;
}

std::string hits_of(const Typed<MatchStatement>& record) {
  for (const record::Disclosure& disclosure : record.piece->disclosures)
    if (disclosure.name == "hits") return encoding::write_json(disclosure.value);
  return record.body.sealed.empty() ? "nothing" : "sealed";
}

Result<std::string> match_sections(const Dossier& dossier) {
  PARLEY_TRY(const auto records, typed<MatchStatement>(dossier));
  PARLEY_TRY(const auto approvals, typed<record::MatchApprovalStatement>(dossier));
  if (records.empty()) return std::string();
  std::string cards;
  for (const auto& record : records)
    cards +=
        card(dossier.display(record.body.head.node),
             fmt::format("{}<br>set padded to {} items<br>learned: {}",
                         record.body.role == "initiator" ? "asked" : "answered", record.body.set_size_padded,
                         record.body.role == "initiator" ? "hits " + escape_html(hits_of(record))
                                                         : std::string("the other side's padded size")));
  const MatchStatement& run = records.front().body;
  return section("What was compared",
                 "<div class=\"cards\">" + cards + "</div>" +
                     table(row("Kinds of items", list_of(run.types)) +
                           row("Shown at most", escape_html(run.output)) +
                           row("Purpose", escape_html(run.purpose)) +
                           row("Protocol", escape_html(run.protocol + ", " + run.security)) +
                           row("Offer signed by both", code(to_hex(run.offer_hash))) +
                           row("Transcript", code(to_hex(run.transcript_hash))))) +
         section("What they learn even if nothing matches",
                 "<blockquote>" + escape_html(run.leak_statement) + "</blockquote>") +
         officers_section(approvals, "", "question about exactly this set");
}

std::string title_of(const Dossier& dossier) {
  std::string others;
  for (const EvidenceParty& party : dossier.index.parties)
    if (party.origin != dossier.index.exporter)
      others += (others.empty() ? "" : ", ") + dossier.display(party.origin);
  const std::string exporter = dossier.display(dossier.index.exporter);
  return dossier.index.kind == EvidenceKind::release
             ? "A disclosure between " + exporter + " and " + others
             : "A private comparison between " + exporter + " and " + others;
}

std::string not_proven_section(const Dossier& dossier) {
  std::string items;
  for (const std::string& limit : limits_of(dossier.index.kind))
    items += "<li>" + escape_html(limit) + "</li>";
  items +=
      "<li>Witnesses: whether others have seen this log is shown only by their signatures on the "
      "checkpoint.</li>";
  return "<section class=\"limits\"><h2>What is not proven</h2><ul>" + items + "</ul></section>";
}

std::string how_to_check() {
  return section("Check it yourself",
                 "<pre>parley-verify --trust trust.txt bundle.zip      every claim, offline\n"
                 "sh verify.sh LOG.vkey ROLE.vkey                 openssl and coreutils alone</pre>"
                 "<p>Use keys that you were handed in person. The keys inside this bundle are hints.</p>");
}

}  // namespace

Result<std::string> report_html(const Dossier& dossier) {
  PARLEY_TRY(const std::string agreement, agreement_section(dossier));
  PARLEY_TRY(const std::string release, release_sections(dossier));
  PARLEY_TRY(const std::string match, match_sections(dossier));
  std::string out = page_begin(title_of(dossier));
  out += fmt::format(
      "<header><p class=\"kicker\">Evidence bundle</p><h1>{}</h1><p class=\"sub\">{} {} &middot; exported {} "
      "by {}</p>"
      "<p class=\"notice\">This page tells what the bundle says. Whether it is true, the checks decide: see "
      "<em>Check it yourself</em>.</p></header>",
      escape_html(title_of(dossier)), dossier.index.kind == EvidenceKind::release ? "Release" : "Run",
      code(dossier.index.subject), when(dossier.index.created),
      escape_html(dossier.display(dossier.index.exporter)));
  std::string parties;
  for (const EvidenceParty& party : dossier.index.parties)
    parties += card(party.name, fmt::format("{}, {}<br>{}", escape_html(party.kind),
                                            escape_html(party.jurisdiction), code(party.origin)));
  out += section("Who", "<div class=\"cards\">" + parties + "</div>");
  out += release + match + agreement;
  out += section("When", timeline(dossier));
  out += section("How it is anchored", anchor(dossier));
  out += not_proven_section(dossier) + how_to_check();
  return out + "</main></body></html>\n";
}

}  // namespace parley::ledger
