#include "exchange/object_facts.hpp"

#include <algorithm>

#include "exchange/package.hpp"

namespace parley::exchange {

namespace {
constexpr std::string_view received_prefix = "parley-received-from:";

// What the node holds of the selectors of an object that is not stored itself.
Result<void> add_holdings(const state::Reader& reader, const intel::StixObject& object,
                          policy::ObjectFacts& facts, std::vector<std::string>& labels, bool& open_case) {
  for (const intel::Selector& selector : object.selectors) {
    PARLEY_TRY(const std::optional<state::SelectorSummary> held, reader.find_selector(selector));
    if (!held) continue;
    facts.marking = strictest(facts.marking, marking_of(held->marking));
    // Held without a marking: nobody said that it may leave.
    if (held->marking == state::MarkingCode::none) facts.marking.tlp.reset();
    labels.insert(labels.end(), held->labels.begin(), held->labels.end());
    open_case = open_case || held->open_case;
  }
  return {};
}
}  // namespace

std::string selector_text(const intel::Selector& selector) {
  return std::string(intel::type_name(selector.type)) + ":" + selector.value;
}

Result<intel::Selector> parse_selector_text(std::string_view text) {
  for (std::size_t colon = text.rfind(':'); colon != std::string_view::npos && colon > 0;
       colon = text.rfind(':', colon - 1))
    if (const auto type = intel::parse_selector_type(text.substr(0, colon)))
      return intel::canonical_selector(*type, text.substr(colon + 1));
  return fail(ErrorKind::bad_input,
              "neither a STIX id nor a selector like domain-name:example.org: " + std::string(text));
}

intel::Marking marking_of(state::MarkingCode code) {
  intel::Marking out;
  if (code == state::MarkingCode::unknown)
    out.unknown = true;
  else if (code != state::MarkingCode::none)
    out.tlp = static_cast<intel::TlpLevel>(static_cast<std::uint8_t>(code));
  return out;
}

state::MarkingCode marking_code(const intel::Marking& marking) {
  if (marking.unknown) return state::MarkingCode::unknown;
  if (!marking.tlp) return state::MarkingCode::none;
  return static_cast<state::MarkingCode>(static_cast<std::uint8_t>(*marking.tlp));
}

std::string received_label(std::string_view origin) {
  return std::string(received_prefix) + std::string(origin);
}

bool is_received_label(std::string_view label) {
  return label.starts_with(received_prefix);
}

std::string received_from(const std::vector<std::string>& labels, std::string_view audience) {
  std::string out;
  for (const std::string& label : labels) {
    if (!is_received_label(label)) continue;
    const std::string origin = label.substr(received_prefix.size());
    if (out.empty() || out == audience) out = origin;
  }
  return out;
}

std::string open_case_name(const policy::Policy& policy, const std::vector<std::string>& labels,
                           bool open_case) {
  std::string name = policy.open_case_of(labels);
  if (name.empty() && open_case) name = "unnamed";
  return name;
}

std::optional<intel::Marking> StoredDefinitions::find(std::string_view marking_id) const {
  const auto versions = reader_->find_versions(marking_id);
  if (!versions || versions->empty() || !is_one_object(*versions)) return std::nullopt;
  const std::string from = received_from(versions->front().labels, origin_);
  if (!from.empty() && from != origin_) return std::nullopt;
  intel::Marking meaning;
  for (const state::StoredObject& version : *versions) {
    const Result<intel::StixObject> definition = intel::read_stix_object(version.raw);
    if (!definition || !definition->defines) return std::nullopt;
    meaning = strictest(meaning, *definition->defines);
  }
  return meaning;
}

Result<intel::StixObject> read_object(const state::Reader& reader, std::string_view raw) {
  PARLEY_TRY(intel::StixObject object, intel::read_stix_object(raw));
  if (object.unresolved_markings.empty()) return object;
  PARLEY_TRY(const std::vector<state::StoredObject> versions, reader.find_versions(object.id));
  std::string from;
  if (!versions.empty()) from = received_from(versions.back().labels, "");
  intel::resolve_marking(object, StoredDefinitions(reader, std::move(from)));
  return object;
}

Result<policy::ObjectFacts> object_facts(const state::Reader& reader, const policy::Policy& policy,
                                         const intel::StixObject& object, const encoding::Json& json,
                                         std::string_view audience) {
  policy::ObjectFacts facts;
  facts.type = object.type;
  facts.id = object.id;
  facts.marking = object.marking;
  for (const std::string_view key : {"name", "aliases", "x_mitre_aliases"}) {
    const encoding::Json* member = json.find(key);
    if (member == nullptr) continue;
    if (const std::string* text = member->if_string()) facts.names.push_back(*text);
    if (const auto* list = member->if_array())
      for (const encoding::Json& element : *list)
        if (const std::string* text = element.if_string()) facts.names.push_back(*text);
  }
  for (const intel::StixReference& reference : object.refs) facts.refs.push_back(reference.id);
  for (const intel::Selector& selector : object.selectors) facts.selectors.push_back(selector_text(selector));

  std::vector<std::string> labels = object.labels;
  bool open_case = false;
  PARLEY_TRY(const std::vector<state::StoredObject> versions, reader.find_versions(object.id));
  for (const state::StoredObject& version : versions)
    labels.insert(labels.end(), version.labels.begin(), version.labels.end());
  if (versions.empty()) {
    PARLEY_CHECK(add_holdings(reader, object, facts, labels, open_case));
  } else {
    facts.marking = strictest(facts.marking, marking_of(versions.back().marking));
  }
  facts.open_case = open_case_name(policy, labels, open_case);
  facts.received_from = received_from(labels, audience);
  std::sort(labels.begin(), labels.end());
  labels.erase(std::unique(labels.begin(), labels.end()), labels.end());
  facts.labels = std::move(labels);
  return facts;
}

}  // namespace parley::exchange
