#include "intel/misp.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <optional>
#include <utility>

#include "base/ascii.hpp"
#include "base/time.hpp"
#include "intel/json_dom.hpp"
#include "intel/observable_path.hpp"

namespace parley::intel {
namespace {

namespace dom = simdjson::dom;

struct PlainType {
  std::string_view name;
  SelectorType type;
};

/// MISP attribute types whose whole value is one selector.
constexpr std::array plain_types{
    PlainType{"domain", SelectorType::domain_name},
    PlainType{"hostname", SelectorType::domain_name},
    PlainType{"onion-address", SelectorType::domain_name},
    PlainType{"url", SelectorType::url},
    PlainType{"email", SelectorType::email_addr},
    PlainType{"email-src", SelectorType::email_addr},
    PlainType{"email-dst", SelectorType::email_addr},
    PlainType{"email-reply-to", SelectorType::email_addr},
    PlainType{"target-email", SelectorType::email_addr},
    PlainType{"whois-registrant-email", SelectorType::email_addr},
    PlainType{"dns-soa-email", SelectorType::email_addr},
    PlainType{"md5", SelectorType::file_md5},
    PlainType{"sha1", SelectorType::file_sha1},
    PlainType{"sha256", SelectorType::file_sha256},
    PlainType{"sha512", SelectorType::file_sha512},
    PlainType{"x509-fingerprint-sha256", SelectorType::x509_sha256},
    PlainType{"AS", SelectorType::autonomous_system},
    PlainType{"mac-address", SelectorType::mac_addr},
    PlainType{"mutex", SelectorType::mutex},
    PlainType{"phone-number", SelectorType::phone},
    PlainType{"whois-registrant-phone", SelectorType::phone},
    PlainType{"iban", SelectorType::iban},
    PlainType{"bank-account-nr", SelectorType::bank_account},
    PlainType{"bin", SelectorType::card_bin},
    PlainType{"btc", SelectorType::btc},
    PlainType{"dash", SelectorType::dash},
    PlainType{"xmr", SelectorType::xmr},
    PlainType{"vulnerability", SelectorType::cve},
};

void collect(std::string_view type, std::string_view value, SelectorCollector& out);

void collect_ip(std::string_view value, SelectorCollector& out) {
  out.add_written(
      value.find(':') == std::string_view::npos ? SelectorType::ipv4_addr : SelectorType::ipv6_addr, value);
}

/// "a|b": each part under its own type. A value without the bar is taken as the first part.
void collect_parts(std::string_view type, std::string_view value, SelectorCollector& out) {
  const std::size_t bar = type.find('|');
  const std::size_t cut = value.find('|');
  collect(type.substr(0, bar), value.substr(0, cut), out);
  if (cut != std::string_view::npos) collect(type.substr(bar + 1), value.substr(cut + 1), out);
}

void collect(std::string_view type, std::string_view value, SelectorCollector& out) {
  if (type == "url" && value.find_first_of("/:") == std::string_view::npos)
    return out.add_host(value);  // seen often
  for (const PlainType& known : plain_types)
    if (type == known.name) return out.add_written(known.type, value);
  if (type == "ip" || type == "ip-src" || type == "ip-dst") return collect_ip(value, out);
  if (type == "malware-sample") return collect_parts("filename|md5", value, out);
  if (type == "uri") {  // a path alone names nothing
    if (value.find("://") != std::string_view::npos) out.add_written(SelectorType::url, value);
    return;
  }
  if (type.find('|') != std::string_view::npos) collect_parts(type, value, out);
}

/// Texts, numbers and booleans as text: exports write "583", 583 and "0", false for the same members.
bool read_loose(const dom::object& object, const char* name, std::string& out) {
  dom::element value;
  if (object.at_key(name).get(value) != simdjson::SUCCESS) return false;
  switch (value.type()) {
    case dom::element_type::STRING:
      out = value.get_string().value_unsafe();
      return true;
    case dom::element_type::INT64:
      out = std::to_string(value.get_int64().value_unsafe());
      return true;
    case dom::element_type::UINT64:
      out = std::to_string(value.get_uint64().value_unsafe());
      return true;
    case dom::element_type::BOOL:
      out = value.get_bool().value_unsafe() ? "1" : "0";
      return true;
    default:
      return false;
  }
}

bool read_flag(const dom::object& object, const char* name) {
  std::string text;
  return read_loose(object, name, text) && (text == "1" || text == "true");
}

/// Seconds since 1970 as RFC 3339; anything else as it is.
std::string read_timestamp(const dom::object& object) {
  std::string text;
  if (!read_loose(object, "timestamp", text)) return {};
  std::int64_t seconds = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), seconds);
  constexpr std::int64_t last_second = 253'402'300'799;  // of the year 9999
  if (error != std::errc() || end != text.data() + text.size() || seconds < 0 || seconds > last_second)
    return {};
  return format_time(Timestamp::from_seconds(seconds));
}

bool starts_without_case(std::string_view text, std::string_view prefix) {
  return text.size() >= prefix.size() && std::ranges::equal(text.substr(0, prefix.size()), prefix,
                                                            [](char a, char b) { return to_lower(a) == b; });
}

/// Names into `names`, the TLP and PAP ones also into the marking. A TLP tag that names no level is unknown.
void read_tags(const dom::object& object, std::vector<std::string>& names, Marking& marking) {
  dom::element value;
  if (object.at_key("Tag").get(value) != simdjson::SUCCESS || value.is_null()) return;
  dom::array tags;
  if (value.get_array().get(tags) != simdjson::SUCCESS) {
    marking.unknown = true;
    return;
  }
  for (const dom::element element : tags) {
    dom::object tag;
    std::string name;
    if (element.get_object().get(tag) != simdjson::SUCCESS || !read_loose(tag, "name", name)) {
      marking.unknown = true;
      continue;
    }
    if (starts_without_case(name, "tlp:")) {
      const std::optional<TlpLevel> level = parse_tlp(name);
      // "tlp:ex:chr" and "tlp:unclear" are in MISP's own taxonomy and name no level: such a thing stays here.
      marking = strictest(marking, Marking{.tlp = level, .pap = {}, .unknown = !level});
    } else if (starts_without_case(name, "pap:")) {
      const std::optional<PapLevel> level = parse_pap(name);
      marking = strictest(marking, Marking{.tlp = {}, .pap = level, .unknown = !level});
    }
    names.push_back(std::move(name));
  }
}

/// A link to a report is no indicator, though MISP calls both `url`: External analysis without to_ids.
bool is_reference(std::string_view type, const std::string& category, bool to_ids) {
  return !to_ids && category == "External analysis" &&
         (type == "url" || type == "domain" || type == "hostname" || type == "uri");
}

class NoVisitor final : public MemberVisitor {
 public:
  void member(std::string_view, const dom::element&) override {}
};

void read_seen(const dom::object& object, const char* name, std::optional<Timestamp>& out, StixObject& into) {
  std::string text;
  if (!read_loose(object, name, text) || text.empty()) return;
  Result<Timestamp> time = parse_time(text);
  if (time)
    out = *time;
  else
    warn(into.warnings, std::string(name) + " is no time in the form of RFC 3339");
}

}  // namespace

std::vector<Selector> misp_selectors(std::string_view type, std::string_view value,
                                     std::vector<std::string>& warnings) {
  std::vector<Selector> selectors;
  SelectorCollector collector(selectors, warnings, 16);
  collect(type, value, collector);
  collector.finish();
  return selectors;
}

struct MispReader::State {
  StixLimits limits;
  JsonDom json;
};

MispReader::MispReader(const StixLimits& limits) : state_(std::make_unique<State>()) {
  state_->limits = limits;
}
MispReader::~MispReader() = default;
MispReader::MispReader(MispReader&&) noexcept = default;
MispReader& MispReader::operator=(MispReader&&) noexcept = default;

Result<StixObject> MispReader::read_attribute(std::string_view raw) {
  PARLEY_TRY(const dom::object tree, state_->json.parse(raw, state_->limits));
  NoVisitor nobody;
  PARLEY_CHECK(check_tree(tree, state_->limits.max_depth, nobody));
  StixObject out;
  out.type = "x-misp-attribute";
  std::string uuid;
  read_loose(tree, "uuid", uuid);
  out.id = "x-misp-attribute--" + uuid;
  if (!is_stix_id(out.id)) return fail(ErrorKind::bad_input, "the attribute has no UUID", "/uuid");
  std::string type;
  std::string value;
  if (!read_loose(tree, "type", type) || type.empty())
    return fail(ErrorKind::bad_input, "the attribute has no type", "/type");
  if (!read_loose(tree, "value", value))
    return fail(ErrorKind::bad_input, "the attribute has no value", "/value");
  out.version = read_timestamp(tree);
  out.modified = out.version;
  out.revoked = read_flag(tree, "deleted");
  read_tags(tree, out.labels, out.own_marking);
  if (out.own_marking.unknown)
    warn(out.warnings, "a TLP or PAP tag that names no level: the attribute never leaves");
  out.marking = out.own_marking;
  read_seen(tree, "first_seen", out.first_seen, out);
  read_seen(tree, "last_seen", out.last_seen, out);
  std::string category;
  read_loose(tree, "category", category);
  if (!out.revoked && !is_reference(type, category, read_flag(tree, "to_ids")))
    out.selectors = misp_selectors(type, value, out.warnings);
  out.raw = raw;
  return out;
}

Result<MispEvent> MispReader::read_event(std::string_view raw_object) {
  PARLEY_TRY(const dom::object tree, state_->json.parse(raw_object, state_->limits));
  NoVisitor nobody;
  PARLEY_CHECK(check_tree(tree, state_->limits.max_depth, nobody));
  MispEvent event;
  read_loose(tree, "uuid", event.uuid);
  read_loose(tree, "info", event.info);
  event.timestamp = read_timestamp(tree);
  read_tags(tree, event.tags, event.marking);
  dom::element published;
  event.unpublished =
      tree.at_key("published").get(published) == simdjson::SUCCESS && !read_flag(tree, "published");
  dom::object creator;
  std::string uuid;
  if (tree.at_key("Orgc").get_object().get(creator) == simdjson::SUCCESS &&
      read_loose(creator, "uuid", uuid) && is_stix_id("identity--" + uuid))
    event.creator = "identity--" + uuid;
  return event;
}

void join_event(StixObject& attribute, const MispEvent& event) {
  attribute.own_marking = strictest(attribute.own_marking, event.marking);
  attribute.marking = strictest(attribute.marking, event.marking);
  attribute.unpublished = attribute.unpublished || event.unpublished;
  for (const std::string& tag : event.tags)
    if (std::ranges::find(attribute.labels, tag) == attribute.labels.end()) attribute.labels.push_back(tag);
  if (attribute.created_by.empty()) attribute.created_by = event.creator;
  const std::string id = "x-misp-event--" + event.uuid;
  if (is_stix_id(id)) attribute.refs.push_back({"event_ref", id});
}

}  // namespace parley::intel
