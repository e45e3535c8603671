#include "exchange/exporting.hpp"

#include <utility>

#include "exchange/export_csv.hpp"
#include "exchange/export_judge.hpp"
#include "exchange/export_misp.hpp"
#include "exchange/export_stix.hpp"
#include "exchange/head_guard.hpp"
#include "exchange/misp_events.hpp"
#include "exchange/recording.hpp"

namespace parley::exchange {

using encoding::Json;

std::optional<ExportFormat> parse_export_format(std::string_view name) {
  for (const ExportFormat format : {ExportFormat::stix, ExportFormat::csv, ExportFormat::misp})
    if (name == export_format_name(format)) return format;
  return std::nullopt;
}

std::string_view export_format_name(ExportFormat format) {
  switch (format) {
    case ExportFormat::stix:
      return "stix";
    case ExportFormat::csv:
      return "csv";
    case ExportFormat::misp:
      return "misp";
  }
  return "stix";
}

Json ExportReport::to_json() const {
  Json held = Json::object();
  for (const auto& [rule, count] : held_back) held.set(rule, count);
  return Json::object({{"objects", objects},
                       {"values", values},
                       {"held_back", std::move(held)},
                       {"bytes", bytes},
                       {"sha256", to_hex(sha256)},
                       {"ledger_index", ledger_index}});
}

Result<std::unique_ptr<ExportContent>> make_export_content(Node& node, const ExportQuestion& question) {
  PARLEY_TRY(std::unique_ptr<ExportJudge> judge, ExportJudge::make(node, question));
  switch (question.format) {
    case ExportFormat::stix:
      return make_stix_export(std::move(judge), question);
    case ExportFormat::csv:
      return make_csv_export(std::move(judge), question);
    case ExportFormat::misp:
      return make_misp_export(std::move(judge), question, node.identity().name,
                              misp_instance_uuid(node.identity().origin), node.clock().now());
  }
  return fail(ErrorKind::usage, "this node cannot write that format; stix, csv or misp");
}

/// The bytes that leave are made here and nowhere else, from what the rules said of each item.
Result<Cleared<Bytes>> Gate::clear_export(ExportContent& content, std::size_t most, ExportReport& counts,
                                          bool& ended) {
  const policy::Decision act = content.act();
  if (act.outcome == policy::Outcome::needs_approval)
    return refuse({"approvals"},
                  policy::describe(act.approvals) +
                      ": propose a release, or let [approvals.export] of the policy ask for nobody");
  if (act.outcome != policy::Outcome::permit) return act.refusal();
  if (node_->policy().version() != content.policy_version())
    return refuse({"policy-changed"}, "the rules changed while it was written; export again");
  const std::string audience = content.audience();
  if (!audience.empty()) PARLEY_CHECK(check_head_confirmed(*node_, audience));
  std::string piece;
  PARLEY_TRY(ended, content.fill(piece, most, counts));
  return Cleared<Bytes>(to_bytes(piece), {audience, "", "", content.policy_version(), act.rules()});
}

Result<Export> Export::begin(Node& node, ExportQuestion question) {
  if (question.peer.empty() && !(question.agreement.empty() && question.purpose.empty()))
    return fail(ErrorKind::usage,
                "--agreement and --purpose say under what a peer gets it: name one with --to");
  if (!question.peer.empty() && (question.agreement.empty() || question.purpose.empty()))
    return fail(ErrorKind::usage, "an export to a peer is a disclosure: --agreement and --purpose");
  PARLEY_TRY(std::unique_ptr<ExportContent> content, make_export_content(node, question));
  return Export(node, std::move(question), std::move(content));
}

Result<std::optional<Cleared<Bytes>>> Export::next() {
  constexpr std::size_t items = 512;
  if (ended_) return std::optional<Cleared<Bytes>>();
  PARLEY_TRY(Cleared<Bytes> piece, Gate(*node_).clear_export(*content_, items, report_, ended_));
  report_.bytes += piece.value().size();
  hash_.update(BytesView(piece.value()));
  clearance_ = piece.clearance();
  return std::optional<Cleared<Bytes>>(std::move(piece));
}

std::uint64_t Export::done() const {
  std::uint64_t count = report_.objects + report_.values;
  for (const auto& [rule, held] : report_.held_back) count += held;
  return count;
}

Result<ExportReport> Export::finish() {
  if (!ended_ || !clearance_)
    return fail(ErrorKind::internal, "an export was finished before all of it was written");
  report_.sha256 = hash_.finish();
  Json types = Json::array();
  for (const std::string& type : question_.types) types.push_back(type);
  Json held = Json::object();
  for (const auto& [rule, count] : report_.held_back) held.set(rule, count);
  Json payload = node_->new_payload("parley/export/1");
  payload.set("audience", clearance_->audience);
  payload.set("agreement", question_.agreement);
  payload.set("purpose", question_.purpose);
  payload.set("format", export_format_name(question_.format));
  payload.set("types", std::move(types));
  payload.set("objects", report_.objects);
  payload.set("values", report_.values);
  payload.set("held_back", std::move(held));
  payload.set("bytes", report_.bytes);
  payload.set("content_hash", to_hex(report_.sha256));
  payload.set("policy_version", clearance_->policy_version);
  PARLEY_TRY(const Recorded recorded, record(*node_, payload));
  report_.ledger_index = recorded.index;
  return report_;
}

}  // namespace parley::exchange
