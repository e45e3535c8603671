#include "review/review.hpp"

#include <algorithm>

#include "base/ascii.hpp"
#include "exchange/importing.hpp"
#include "intel/sco_id.hpp"
#include "intel/warninglist.hpp"
#include "review/stix_of_finding.hpp"
#include "state/store.hpp"

namespace parley::review {
namespace {

using encoding::Json;

/// Longest name of a STIX report here, in bytes.
constexpr std::size_t max_title_bytes = 500;
/// For the ids of this node's own identity: RFC 9562 UUIDv5 over the node's origin.
constexpr ByteArray<16> identity_namespace = {0x6e, 0x1c, 0x9a, 0x42, 0x57, 0x0d, 0x4b, 0x8f,
                                              0x9d, 0x31, 0x2a, 0x77, 0xc4, 0x5e, 0x80, 0x16};

/// RFC 9562 section 5.4.
std::string make_uuid4(Entropy& entropy) {
  auto bytes = entropy.array<16>();
  bytes[6] = static_cast<std::uint8_t>((bytes[6] & 0x0F) | 0x40);
  bytes[8] = static_cast<std::uint8_t>((bytes[8] & 0x3F) | 0x80);
  std::string hex = to_hex(bytes);
  for (const std::size_t at : {20U, 16U, 12U, 8U}) hex.insert(at, "-");
  return hex;
}

/// Milliseconds are what STIX asks for at least and what most tools write.
std::string stix_time(Timestamp time) {
  std::string text = format_time(Timestamp::from_microseconds(time.microseconds() / 1000 * 1000));
  if (const std::size_t dot = text.find('.'); dot == std::string::npos) text.insert(text.size() - 1, ".000");
  return text.size() > 24 ? text.substr(0, 23) + "Z" : text;
}

ObjectFrame frame_of(exchange::Node& node, const ReportRecord& record) {
  return {"identity--" + intel::make_uuid5(identity_namespace, node.identity().origin), record.created,
          record.tlp ? std::string(intel::tlp_marking_id(*record.tlp)) : std::string(), record.source};
}

/// Objects as JSON text, each once.
class Bundle {
 public:
  Bundle(const state::Reader& reader, const KnownNames& known, const ObjectFrame& frame)
      : reader_(reader), known_(known), frame_(frame) {}

  void add(const Json& object) { objects_.push_back(encoding::write_json(object)); }

  Result<void> add_identity(const exchange::Identity& identity) {
    PARLEY_TRY(const auto there, reader_.find_key(frame_.created_by));
    if (there) return {};
    Json json = Json::object({{"type", "identity"},
                              {"spec_version", "2.1"},
                              {"id", frame_.created_by},
                              {"created", frame_.time},
                              {"modified", frame_.time},
                              {"name", identity.name},
                              {"identity_class", "organization"}});
    if (!frame_.marking.empty()) json.set("object_marking_refs", Json::array({frame_.marking}));
    add(json);
    return {};
  }

  /// The object of a thing, unless the store has it: the original where it is STIX, with the marking
  /// definitions that it names.
  Result<void> add_thing(const report::KnownThing& thing) {
    PARLEY_TRY(const auto there, reader_.find_key(thing.id));
    if (there) return {};
    const auto original = std::ranges::find_if(known_.things, [&](const report::KnownThing& one) {
      return one.id == thing.id && !one.object.empty();
    });
    if (original == known_.things.end()) {
      add(object_of_thing(thing, frame_));
      return {};
    }
    PARLEY_TRY(const Json json, encoding::parse_json(original->object));
    if (const Json* const refs = json.find("object_marking_refs"); refs != nullptr && refs->is_array())
      for (const Json& ref : *refs->if_array()) {
        if (!ref.is_string() || std::ranges::find(definitions_, *ref.if_string()) != definitions_.end())
          continue;
        definitions_.push_back(*ref.if_string());
        const auto definition = known_.definitions.find(*ref.if_string());
        if (definition != known_.definitions.end()) objects_.insert(objects_.begin(), definition->second);
      }
    objects_.push_back(original->object);
    return {};
  }

  std::string text(std::string_view uuid) const {
    std::string out = R"({"type":"bundle","id":"bundle--)" + std::string(uuid) + R"(","objects":[)";
    for (std::size_t i = 0; i < objects_.size(); ++i) out += (i > 0 ? "," : "") + objects_[i];
    return out + "]}";
  }

 private:
  const state::Reader& reader_;
  const KnownNames& known_;
  const ObjectFrame& frame_;
  std::vector<std::string> objects_;
  std::vector<std::string> definitions_;
};

Json report_object(const ReportRecord& record, const ObjectFrame& frame,
                   const std::vector<std::string>& refs) {
  Json json = Json::object({{"type", "report"},
                            {"spec_version", "2.1"},
                            {"id", record.id},
                            {"created_by_ref", frame.created_by},
                            {"created", record.created},
                            {"modified", record.modified},
                            {"name", record.title},
                            {"report_types", Json::array({"threat-report"})},
                            {"published", record.created}});
  Json reference = Json::object(
      {{"source_name", record.source}, {"description", "SHA-256 of the file: " + record.sha256}});
  if (record.source.starts_with("https://") || record.source.starts_with("http://"))
    reference.set("url", record.source);
  json.set("external_references", Json::array({std::move(reference)}));
  Json list = Json::array();
  for (const std::string& ref : refs) list.push_back(ref);
  json.set("object_refs", std::move(list));
  if (!frame.marking.empty()) json.set("object_marking_refs", Json::array({frame.marking}));
  return json;
}

/// The places in `findings` that are meant, each once, rising.
Result<std::vector<std::size_t>> chosen(const ReportRecord& record, const Selection& selection) {
  std::vector<std::size_t> out;
  if (selection.all == !selection.only.empty())
    return fail(ErrorKind::usage, "say --all, or --only with the numbers of `report show`");
  for (const std::size_t number : selection.only) {
    if (number < 1 || number > record.findings.size())
      return fail(ErrorKind::usage, "the report has no finding " + std::to_string(number) + "; it has " +
                                        std::to_string(record.findings.size()));
    out.push_back(number - 1);
  }
  if (selection.all)
    for (std::size_t i = 0; i < record.findings.size(); ++i)
      if (record.findings[i].decision == Decision::open && !record.findings[i].finding.held_back())
        out.push_back(i);
  std::ranges::sort(out);
  const auto repeats = std::ranges::unique(out);
  out.erase(repeats.begin(), repeats.end());
  return out;
}

/// Puts the objects of a finding into the bundle; whether it has one.
Result<bool> add_finding(Bundle& bundle, const ReviewedFinding& one, const ObjectFrame& frame) {
  if (one.finding.thing) {
    PARLEY_CHECK(bundle.add_thing(*one.finding.thing));
    return true;
  }
  const auto object = object_of_value(*one.finding.selector, one.object, one.finding.note, frame);
  if (object) bundle.add(*object);
  return object.has_value();
}

Result<exchange::ImportReport> import_text(exchange::Node& node, const ReportRecord& record,
                                           const intel::WarninglistSet& lists, std::string_view text,
                                           intel::InputFormat format, Confirmed& out) {
  exchange::ImportOptions options;
  options.format = format;
  options.tlp = record.tlp;
  exchange::Import import(node, std::move(options), lists, [&](const exchange::ImportReject& reject) {
    constexpr std::size_t told = 100;
    if (out.why_kept_out.size() < told) out.why_kept_out.push_back(reject.why);
  });
  PARLEY_CHECK(import.begin_file(record.source, record.source));
  constexpr std::size_t chunk = 1U << 20U;
  for (std::size_t at = 0; at < text.size(); at += chunk)
    PARLEY_CHECK(import.feed(as_bytes(text.substr(at, chunk))));
  PARLEY_CHECK(import.end_file());
  PARLEY_TRY(exchange::ImportReport report, import.finish());
  out.kept_out += report.held_back_warninglist + report.held_back_off_limits;
  if (report.rejected > 0)
    return fail(ErrorKind::conflict,
                "the store did not take an object of the report: " + report.rejects.front().why);
  return report;
}

}  // namespace

Result<ReportRecord> add_report(exchange::Node& node, const NewReport& report, const KnownNames& known,
                                const intel::WarninglistSet& lists) {
  const std::string& text = report.document.text;
  if (text.size() > max_report_bytes)
    return fail(ErrorKind::bad_input, "the text of the report is longer than " +
                                          std::to_string(max_report_bytes) +
                                          " bytes; a list of values is imported by `import --format text`");
  PARLEY_TRY(const auto reader, node.store().snapshot());
  PARLEY_TRY(const auto before, find_report(*reader, report.sha256, report.source));
  if (before) return get_report(*reader, *before);
  report::ExtractOptions options;
  options.warninglists = &lists;
  options.own_hosts = report.document.own_hosts;
  if (const std::size_t scheme = report.source.find("://"); scheme != std::string::npos) {
    std::string host;
    append_lower(host, std::string_view(report.source).substr(scheme + 3));
    host.resize(std::min(host.find_first_of("/:?#"), host.size()));
    if (host.starts_with("www.")) host.erase(0, 4);
    if (!host.empty()) options.own_hosts.push_back(std::move(host));
  }
  for (const document::Document::Link& link : report.document.links)
    options.links.push_back({link.begin, link.end, link.target, report.kind != "pdf"});
  std::vector<report::Finding> found =
      report::find_all(text, options, known.matcher ? &*known.matcher : nullptr, known.things);
  if (found.size() > max_findings)
    return fail(ErrorKind::bad_input,
                "more than " + std::to_string(max_findings) +
                    " findings; a list of values is imported by `import --format text`");
  ReportRecord record;
  record.id = "report--" + make_uuid4(node.entropy());
  record.title = !report.title.empty() ? report.title : report.document.title;
  if (record.title.empty() || record.title.size() > max_title_bytes) record.title = report.source;
  record.source = report.source;
  record.kind = report.kind;
  record.sha256 = report.sha256;
  record.bytes = report.bytes;
  record.tlp = report.tlp;
  record.added = stix_time(node.clock().now());
  record.warnings = report.document.warnings;
  record.pages = report.document.pages;
  for (report::Finding& finding : found) {
    ReviewedFinding one;
    if (finding.thing) {
      one.object = finding.thing->id;
    } else if (const std::string_view type = type_of_value(finding.selector->type); !type.empty()) {
      one.object = std::string(type) + "--" + make_uuid4(node.entropy());
    }
    one.finding = std::move(finding);
    record.findings.push_back(std::move(one));
  }
  PARLEY_CHECK(state::write(node.store(), state::Durability::synced, [&](state::Transaction& transaction) {
    return put_report(transaction, record, text);
  }));
  return record;
}

Result<Confirmed> confirm_findings(exchange::Node& node, std::string_view id, const Selection& selection,
                                   const KnownNames& known, const intel::WarninglistSet& lists) {
  PARLEY_TRY(auto reader, node.store().snapshot());
  PARLEY_TRY(ReportRecord record, get_report(*reader, id));
  PARLEY_TRY(const std::vector<std::size_t> places, chosen(record, selection));
  Confirmed out;
  out.report = record.id;
  // A version of its own, later than the one before whatever the clock says.
  Timestamp now = node.clock().now();
  if (const auto last = parse_time(record.modified); last && now <= *last)
    now = Timestamp::from_microseconds(last->microseconds() + 1000);
  if (record.created.empty()) record.created = stix_time(now);
  record.modified = stix_time(now);
  const ObjectFrame frame = frame_of(node, record);

  Bundle bundle(*reader, known, frame);
  PARLEY_CHECK(bundle.add_identity(node.identity()));
  std::string bare;  // values without an object, one a line
  std::size_t fresh = 0;
  for (const std::size_t place : places) {
    ReviewedFinding& one = record.findings[place];
    if (one.decision == Decision::confirmed) continue;
    one.decision = Decision::confirmed;
    ++fresh;
    PARLEY_TRY(const bool has_object, add_finding(bundle, one, frame));
    if (has_object) continue;
    ++out.without_object;
    bare += one.finding.selector->value + "\n";
  }
  out.findings = fresh;
  std::vector<std::string> refs;
  for (const ReviewedFinding& one : record.findings)
    if (one.decision == Decision::confirmed && !one.object.empty()) refs.push_back(one.object);
  std::ranges::sort(refs);
  const auto repeats = std::ranges::unique(refs);
  refs.erase(repeats.begin(), repeats.end());
  out.objects = refs.size();
  if (fresh == 0) return out;
  if (!refs.empty()) bundle.add(report_object(record, frame, refs));
  const std::string text = bundle.text(make_uuid4(node.entropy()));
  reader.reset();
  if (!refs.empty()) PARLEY_CHECK(import_text(node, record, lists, text, intel::InputFormat::stix, out));
  if (!bare.empty()) PARLEY_CHECK(import_text(node, record, lists, bare, intel::InputFormat::list, out));
  if (refs.empty()) {  // a report refers to something: without an object there is none
    record.created.clear();
    record.modified.clear();
  }
  PARLEY_CHECK(state::write(node.store(), state::Durability::synced, [&](state::Transaction& transaction) {
    return update_report(transaction, record);
  }));
  return out;
}

Result<std::size_t> reject_findings(exchange::Node& node, std::string_view id, const Selection& selection) {
  std::size_t changed = 0;
  PARLEY_CHECK(state::write(
      node.store(), state::Durability::synced, [&](state::Transaction& transaction) -> Result<void> {
        PARLEY_TRY(ReportRecord record, get_report(transaction, id));
        std::vector<std::size_t> places;
        if (selection.only.empty()) {
          for (std::size_t i = 0; i < record.findings.size(); ++i)
            if (record.findings[i].decision == Decision::open) places.push_back(i);
        } else {
          PARLEY_TRY(places, chosen(record, {false, selection.only}));
        }
        for (const std::size_t place : places) {
          if (record.findings[place].decision == Decision::confirmed)
            return fail(ErrorKind::conflict,
                        "finding " + std::to_string(place + 1) +
                            " is confirmed: its object is a fact, which is revoked, not rejected");
          changed += record.findings[place].decision == Decision::open ? 1U : 0U;
          record.findings[place].decision = Decision::rejected;
        }
        return update_report(transaction, record);
      }));
  return changed;
}

Result<Json> stix_candidate(exchange::Node& node, const ReportRecord& record, const KnownNames& known,
                            bool candidates) {
  PARLEY_TRY(const auto reader, node.store().snapshot());
  ReportRecord shown = record;
  if (shown.created.empty()) shown.created = shown.added;
  if (shown.modified.empty()) shown.modified = shown.created;
  const ObjectFrame frame = frame_of(node, shown);
  Bundle bundle(*reader, known, frame);
  PARLEY_CHECK(bundle.add_identity(node.identity()));
  std::vector<std::string> refs;
  for (const ReviewedFinding& one : shown.findings) {
    const bool wanted = one.decision == Decision::confirmed ||
                        (candidates && one.decision == Decision::open && !one.finding.held_back());
    if (!wanted) continue;
    PARLEY_TRY(const bool has_object, add_finding(bundle, one, frame));
    if (has_object) refs.push_back(one.object);
  }
  if (refs.empty()) return fail(ErrorKind::not_found, "nothing was found that a STIX report could refer to");
  bundle.add(report_object(shown, frame, refs));
  return encoding::parse_json(bundle.text(make_uuid4(node.entropy())));
}

}  // namespace parley::review
