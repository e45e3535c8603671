#include "stix/validator.hpp"

#include <utility>

#include "stix/checker.hpp"
#include "stix/json_fault.hpp"

namespace parley::stix {

struct Validator::State {
  ValidateOptions options;
  intel::JsonDom parser;
  ObjectVerdict verdict;
  CheckerMemory memory;
};

Validator::Validator(ValidateOptions options) : state_(std::make_unique<State>()) {
  state_->options = std::move(options);
}
Validator::~Validator() = default;
Validator::Validator(Validator&&) noexcept = default;
Validator& Validator::operator=(Validator&&) noexcept = default;

const ObjectVerdict& Validator::validate(std::string_view raw, const ObjectPlace& place, FindingSink& sink) {
  ObjectVerdict& verdict = state_->verdict;
  verdict.errors = verdict.warnings = verdict.coded_warnings = 0;
  verdict.version = Version::v21;
  verdict.readable = false;
  for (std::string* text : {&verdict.type, &verdict.id, &verdict.modified, &verdict.created_by})
    text->clear();
  state_->memory.path.clear();
  Checker checker(state_->options, verdict, state_->memory);
  const Result<simdjson::dom::object> tree = state_->parser.parse(raw, state_->options.limits);
  if (tree) {
    checker.check(*tree, raw, place, sink);
  } else if (const std::string_view kind = kind_of_value(raw); !kind.empty()) {
    checker.unreadable(Rule::not_object, kind, place, sink);
  } else {
    const auto fault = find_json_fault(raw, state_->options.limits.max_depth);
    const std::string pointer = std::string(place.pointer) + (fault ? fault->pointer : std::string());
    ObjectPlace there = place;
    there.pointer = pointer;
    checker.unreadable(Rule::not_json, fault ? fault->why : tree.error().message, there, sink);
  }
  return verdict;
}

}  // namespace parley::stix
