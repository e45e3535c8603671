#include "exchange/object_facts.hpp"

#include <algorithm>
#include <set>

#include "exchange/package.hpp"

namespace parley::exchange {

namespace {
constexpr std::string_view received_prefix = "parley-received-from:";

// What an object beside ours, which carries one of its selectors, adds to the question.
Result<void> add_object(const state::Reader& reader, const std::string& id, policy::ObjectFacts& facts) {
  PARLEY_TRY(const std::vector<state::StoredObject> versions, reader.find_versions(id));
  for (const state::StoredObject& version : versions) {
    facts.beside.push_back(version.type);
    facts.refs.push_back(version.id);
    const Result<intel::StixObject> object = intel::read_stix_object(version.raw);
    const Result<encoding::Json> json = encoding::parse_json(version.raw);
    if (!object || !json) continue;  // kept as it came, and no STIX
    for (const intel::StixReference& reference : object->refs) facts.refs.push_back(reference.id);
    for (std::string& name : names_in(*json)) facts.names.push_back(std::move(name));
  }
  return {};
}

// An actor may be off limits by a name that only its own object has.
Result<void> add_names_of_refs(const state::Reader& reader, policy::ObjectFacts& facts) {
  const std::set<std::string> refs(facts.refs.begin(), facts.refs.end());
  for (const std::string& id : refs) {
    PARLEY_TRY(const std::optional<state::StoredObject> object, reader.find_object(id));
    if (!object) continue;
    const Result<encoding::Json> json = encoding::parse_json(object->raw);
    if (!json) continue;
    for (std::string& name : names_in(*json)) facts.names.push_back(std::move(name));
  }
  return {};
}

// What the node holds of the selectors of an object.
Result<void> add_holdings(const state::Reader& reader, const policy::Policy& policy,
                          const intel::StixObject& object, policy::ObjectFacts& facts,
                          std::vector<std::string>& labels, bool& open_case) {
  const bool by_objects = policy.has_off_limits_actors() || !policy.off_limits_types().empty();
  bool unmarked = false;
  std::set<std::string> beside;
  for (const intel::Selector& selector : object.selectors) {
    PARLEY_TRY(const std::optional<state::SelectorSummary> held, reader.find_selector(selector));
    if (!held) continue;
    facts.marking = strictest(facts.marking, marking_of(*held));
    // Held without a marking: nobody said that it may leave.
    unmarked = unmarked || held->marking == state::MarkingCode::none;
    open_case = open_case || held->open_case;
    for (const std::string& label : held->labels) labels.push_back(label);
    if (!by_objects) continue;
    PARLEY_TRY(const std::vector<state::StoredHolding> holdings, reader.find_holdings(selector));
    for (const state::StoredHolding& holding : holdings)
      if (!holding.object_id.empty() && holding.object_id != object.id) beside.insert(holding.object_id);
  }
  if (unmarked) facts.marking.tlp.reset();
  for (const std::string& id : beside) PARLEY_CHECK(add_object(reader, id, facts));
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

intel::Marking marking_of(const state::SelectorSummary& held) {
  intel::Marking out = marking_of(held.marking);
  out.pap = held.pap;
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

std::vector<std::string> names_in(const encoding::Json& object) {
  std::vector<std::string> out;
  for (const std::string_view key : {"name", "aliases", "x_mitre_aliases"}) {
    const encoding::Json* member = object.find(key);
    if (member == nullptr) continue;
    if (const std::string* text = member->if_string()) out.push_back(*text);
    if (const auto* list = member->if_array())
      for (const encoding::Json& element : *list)
        if (const std::string* text = element.if_string()) out.push_back(*text);
  }
  return out;
}

std::vector<state::StoredObject> own_first(std::vector<state::StoredObject> versions) {
  // The store gives the content that counts last among those of one version.
  std::vector<state::StoredObject> out;
  for (state::StoredObject& version : versions) {
    if (!out.empty() && out.back().version == version.version) out.pop_back();
    out.push_back(std::move(version));
  }
  return out;
}

std::optional<intel::Marking> StoredDefinitions::find(std::string_view marking_id) const {
  auto stored = reader_->find_versions(marking_id);
  if (!stored || stored->empty()) return std::nullopt;
  const std::vector<state::StoredObject> versions = own_first(std::move(*stored));
  if (!is_one_object(versions)) return std::nullopt;
  const std::string from = received_from(versions.front().labels, origin_);
  if (!from.empty() && from != origin_) return std::nullopt;
  intel::Marking meaning;
  for (const state::StoredObject& version : versions) {
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
  facts.names = names_in(json);
  for (const intel::StixReference& reference : object.refs) facts.refs.push_back(reference.id);
  for (const intel::Selector& selector : object.selectors) facts.selectors.push_back(selector_text(selector));

  std::vector<std::string> labels = object.labels;
  bool open_case = false;
  PARLEY_TRY(const std::vector<state::StoredObject> versions, reader.find_versions(object.id));
  // Whose it is follows from what stands under its own id, where something does.
  std::vector<std::string> of_origin;
  for (const state::StoredObject& version : own_first(versions))
    of_origin.insert(of_origin.end(), version.labels.begin(), version.labels.end());
  for (const state::StoredObject& version : versions) {
    for (const std::string& label : version.labels)
      if (!is_received_label(label)) labels.push_back(label);
    if (version.version != versions.back().version) continue;
    facts.marking = strictest(facts.marking, marking_of(version.marking));
    const Result<intel::StixObject> said = intel::read_stix_object(version.raw);
    if (said) facts.marking.pap = state::strictest(facts.marking.pap, said->own_marking.pap);
  }
  std::vector<std::string> of_holdings;
  PARLEY_CHECK(add_holdings(reader, policy, object, facts, of_holdings, open_case));
  if (versions.empty()) of_origin = of_holdings;
  for (std::string& label : of_holdings)
    if (!is_received_label(label)) labels.push_back(std::move(label));
  if (policy.has_off_limits_actors()) PARLEY_CHECK(add_names_of_refs(reader, facts));
  facts.open_case = open_case_name(policy, labels, open_case);
  facts.received_from = received_from(of_origin, audience);
  std::sort(labels.begin(), labels.end());
  labels.erase(std::unique(labels.begin(), labels.end()), labels.end());
  facts.labels = std::move(labels);
  return facts;
}

}  // namespace parley::exchange
