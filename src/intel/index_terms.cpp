#include "intel/index_terms.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include "base/ascii.hpp"
#include "intel/json_dom.hpp"
#include "intel/misp.hpp"
#include "intel/network.hpp"
#include "intel/stix.hpp"
#include "intel/stix_observable.hpp"

namespace parley::intel {
namespace {

namespace dom = simdjson::dom;

/// MISP Attribute::NON_CORRELATING_TYPES.
constexpr std::array<std::string_view, 11> non_correlating{"comment",     "http-method", "aba-rtn", "gender",
                                                           "counter",     "integer",     "float",   "port",
                                                           "nationality", "cortex",      "boolean"};
/// Composite types of which only the first part counts.
constexpr std::array<std::string_view, 3> first_part_only{"ip-src|port", "ip-dst|port", "hostname|port"};

/// Members of observables that are their value where selectors are not.
constexpr std::array<std::string_view, 8> observable_members{
    "value", "name", "key", "path", "user_id", "subject", "command_line", "display_name"};
constexpr std::array<std::string_view, 8> observable_types{
    "file",    "mutex",   "windows-registry-key", "directory", "user-account", "email-message",
    "process", "software"};

constexpr std::array<std::string_view, 5> body_members{"description", "comment", "abstract", "content",
                                                       "explanation"};

/// A member that is a text, or empty.
std::string_view text_of(const dom::object& object, std::string_view name) {
  dom::element value;
  std::string_view text;
  if (object.at_key(name).get(value) != simdjson::SUCCESS || !read_text(value, text)) return {};
  return text;
}

void add_line(std::string& out, std::string_view text) {
  if (text.empty() || out.size() >= max_index_text_bytes) return;
  if (!out.empty()) out += '\n';
  std::size_t room = std::min(text.size(), max_index_text_bytes - std::min(out.size(), max_index_text_bytes));
  while (room > 0 && room < text.size() && (static_cast<unsigned char>(text[room]) & 0xC0U) == 0x80U) --room;
  out += text.substr(0, room);
}

void add_texts(const dom::object& object, std::string_view name, std::string& out) {
  dom::array list;
  if (object.at_key(name).get_array().get(list) != simdjson::SUCCESS) return;
  for (const dom::element one : list) {
    std::string_view text;
    if (read_text(one, text)) add_line(out, text);
  }
}

void add_external_ids(const dom::object& object, std::string& out) {
  dom::array list;
  if (object.at_key("external_references").get_array().get(list) != simdjson::SUCCESS) return;
  for (const dom::element one : list) {
    dom::object reference;
    if (one.get_object().get(reference) == simdjson::SUCCESS)
      add_line(out, text_of(reference, "external_id"));
  }
}

std::optional<Timestamp> time_of(const dom::object& object, std::string_view name) {
  const std::string_view text = text_of(object, name);
  if (text.empty()) return std::nullopt;
  const Result<Timestamp> time = parse_time(text);
  return time ? std::optional(*time) : std::nullopt;
}

bool is_set(const dom::object& object, std::string_view name) {
  dom::element value;
  if (object.at_key(name).get(value) != simdjson::SUCCESS) return false;
  bool flag = false;
  if (value.get_bool().get(flag) == simdjson::SUCCESS) return flag;
  std::int64_t number = 0;
  if (value.get_int64().get(number) == simdjson::SUCCESS) return number == 1;
  std::string_view text;
  return read_text(value, text) && (text == "1" || text == "true");
}

void add_value(IndexTerms& out, std::string_view value) {
  if (out.values.size() >= max_correlating_values) return;
  std::string spelt = correlating_value(value);
  if (!spelt.empty()) out.values.push_back(std::move(spelt));
}

template <std::size_t N>
bool is_one_of(const std::array<std::string_view, N>& list, std::string_view text) {
  return std::ranges::find(list, text) != list.end();
}

}  // namespace

bool correlates(std::string_view misp_type) {
  return !is_one_of(non_correlating, misp_type) && misp_type != "anonymised";
}

std::string correlating_value(std::string_view value) {
  value = trim(value);
  if (value.empty() || value.size() > max_correlating_bytes) return {};
  const bool may_be_network =
      value.size() <= 50 && (is_digit(value.front()) || value.find(':') != value.npos);
  if (may_be_network)
    if (const auto network = parse_network(value)) return network_text(*network);
  std::string out;
  append_lower(out, value);
  return out;
}

struct TermReader::State {
  StixLimits limits;
  JsonDom json;
  StixReader stix;
  MispReader misp;

  void read_attribute(const dom::object& tree, std::string_view raw, IndexTerms& out);
  void read_object(const dom::object& tree, std::string_view type, std::string_view raw, IndexTerms& out);
};

void TermReader::State::read_attribute(const dom::object& tree, std::string_view raw, IndexTerms& out) {
  const std::string_view type = text_of(tree, "type");
  const std::string_view value = text_of(tree, "value");
  out.revoked = is_set(tree, "deleted");
  add_line(out.body, text_of(tree, "comment"));
  if (Result<StixObject> object = misp.read_attribute(raw)) out.selectors = std::move(object->selectors);
  // What has selectors is found by them; addresses and hashes as words would only fill the index.
  const bool of_words = out.selectors.empty() || type.find("filename") != std::string_view::npos;
  if (of_words && correlates(type) && type.find("ssdeep") == std::string_view::npos)
    add_line(out.names, value);
  if (type == "comment" || type == "text") add_line(out.body, value);
  if (out.revoked || !correlates(type) || is_set(tree, "disable_correlation")) return;
  const std::size_t bar = value.find('|');
  if (type.find('|') != std::string_view::npos || type == "malware-sample") {
    add_value(out, value.substr(0, bar));
    if (bar != std::string_view::npos && !is_one_of(first_part_only, type))
      add_value(out, value.substr(bar + 1));
  } else {
    add_value(out, value);
  }
  for (const Selector& selector : out.selectors) add_value(out, selector.value);
}

void TermReader::State::read_object(const dom::object& tree, std::string_view type, std::string_view raw,
                                    IndexTerms& out) {
  out.revoked = is_set(tree, "revoked") || is_set(tree, "deleted");
  const bool is_observable = is_one_of(observable_types, type);
  add_line(out.names, text_of(tree, "name"));
  add_line(out.names, text_of(tree, "info"));
  for (const char* list : {"aliases", "x_mitre_aliases"}) add_texts(tree, list, out.names);
  add_external_ids(tree, out.names);
  for (const std::string_view name : body_members) add_line(out.body, text_of(tree, name));
  out.valid_until = time_of(tree, "valid_until");
  out.created = time_of(tree, "created");
  if (out.revoked) return;
  if (Result<StixObject> object = stix.read(raw)) out.selectors = std::move(object->selectors);
  for (const Selector& selector : out.selectors) add_value(out, selector.value);
  if (!is_observable) return;
  for (const std::string_view name : observable_members) {
    if (name == "display_name" && type != "user-account") continue;
    add_value(out, text_of(tree, name));
    if (name != "name") add_line(out.names, text_of(tree, name));
  }
}

bool may_have_selectors(std::string_view type) {
  return is_observable_type(type) || type == "indicator" || type == "vulnerability" ||
         type == "observed-data" || type == "x-parley-selector" || type == "x-misp-attribute";
}

TermReader::TermReader() : state_(std::make_unique<State>()) {}
TermReader::~TermReader() = default;
TermReader::TermReader(TermReader&&) noexcept = default;
TermReader& TermReader::operator=(TermReader&&) noexcept = default;

IndexTerms TermReader::read(std::string_view type, std::string_view raw) {
  IndexTerms out;
  const Result<dom::object> tree = state_->json.parse(raw, state_->limits);
  if (!tree) return out;
  if (type == "x-misp-attribute")
    state_->read_attribute(*tree, raw, out);
  else
    state_->read_object(*tree, type, raw, out);
  std::ranges::sort(out.values);
  const auto repeats = std::ranges::unique(out.values);
  out.values.erase(repeats.begin(), repeats.end());
  return out;
}

}  // namespace parley::intel
