#include "stix/validator.hpp"

#include <utility>

#include "stix/checker.hpp"

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
  if (!tree)
    checker.unreadable(Rule::not_json, tree.error().message, place, sink);
  else
    checker.check(*tree, raw, place, sink);
  return verdict;
}

}  // namespace parley::stix
