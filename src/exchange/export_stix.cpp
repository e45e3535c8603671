#include "exchange/export_stix.hpp"

#include <algorithm>
#include <utility>

#include "exchange/object_facts.hpp"
#include "intel/sco_id.hpp"

namespace parley::exchange {

namespace {

/// Names the bundles of exports (RFC 9562 section 5.5), by the rules and the moment of the store.
constexpr ByteArray<16> export_namespace = {0x4e, 0x0d, 0x77, 0x19, 0x5a, 0xc3, 0x48, 0x0b,
                                            0x8f, 0x26, 0x91, 0xd5, 0x3c, 0x60, 0xe4, 0x7a};

/// Contents that are read at once: each may be as large as the store takes.
constexpr std::size_t contents_at_once = 16;

class StixExport final : public ExportContent {
 public:
  StixExport(std::unique_ptr<ExportJudge> judge, const ExportQuestion& question)
      : judge_(std::move(judge)), types_(question.types) {
    for (const intel::SelectorType type : intel::all_selector_types())
      if (wants(intel::type_name(type))) selector_types_.push_back(type);
  }

  policy::Decision act() const override { return judge_->act(); }
  std::string policy_version() const override { return judge_->policy().version(); }
  std::string audience() const override { return judge_->audience(); }

  Result<bool> fill(std::string& out, std::size_t most, ExportReport& counts) override {
    if (!begun_) {
      PARLEY_TRY(const std::int64_t changes, judge_->reader().counter(state::holdings_changes_counter));
      const std::string name = policy_version() + " " + audience() + " " + std::to_string(changes);
      out += R"({"type":"bundle","id":"bundle--)" + intel::make_uuid5(export_namespace, name) +
             R"(","objects":[)";
      begun_ = true;
    }
    for (std::size_t done = 0; done < most && !objects_ended_; done += contents_at_once)
      PARLEY_CHECK(some_objects(out, counts));
    if (!objects_ended_) return false;
    PARLEY_CHECK(some_values(out, most, counts));
    if (!values_ended_) return false;
    out += "\n]}\n";
    return true;
  }

 private:
  bool wants(std::string_view type) const {
    return types_.empty() || std::ranges::find(types_, type) != types_.end();
  }

  void append(std::string& out, std::string_view element) {
    out += is_first_ ? "\n" : ",\n";
    out += element;
    is_first_ = false;
  }

  Result<void> some_objects(std::string& out, ExportReport& counts) {
    PARLEY_TRY(const std::vector<state::StoredContent> contents,
               judge_->reader().list_contents(after_, contents_at_once));
    objects_ended_ = contents.empty();
    for (const state::StoredContent& content : contents) {
      after_ = content.content;
      if (!wants(content.object.type)) continue;
      PARLEY_TRY(const ExportJudge::Verdict verdict, judge_->object(content));
      if (!verdict.bytes) {
        ++counts.held_back[verdict.rule];
        continue;
      }
      append(out, *verdict.bytes);
      ++counts.objects;
    }
    return {};
  }

  Result<void> some_values(std::string& out, std::size_t most, ExportReport& counts) {
    std::size_t looked_at = 0;
    Result<void> failed;
    values_ended_ = true;
    const auto visit = [&](const state::SelectorSummary& summary) {
      if (looked_at++ == most) {
        values_ended_ = false;
        return false;
      }
      last_ = summary.selector;
      failed = one_value(summary, out, counts);
      return failed.has_value();
    };
    if (!selector_types_.empty()) {
      const std::optional<intel::Selector> from = last_;
      PARLEY_CHECK(judge_->reader().for_each_selector(selector_types_, visit, from ? &*from : nullptr));
    }
    return failed;
  }

  Result<void> one_value(const state::SelectorSummary& summary, std::string& out, ExportReport& counts) {
    PARLEY_TRY(const ExportJudge::Value value, judge_->value(summary, true));
    if (!value.held) {
      if (!value.rule.empty()) ++counts.held_back[value.rule];
      return {};
    }
    const intel::Marking marking = marking_of(value.held->marking);
    if (marking.unknown) {
      ++counts.held_back["unknown-marking"];
      return {};
    }
    const std::string element = intel::make_sco(summary.selector, marking.tlp);
    // The observable itself may be held, for instance as a sighting's.
    PARLEY_TRY(const intel::StixObject made, intel::read_stix_object(element));
    PARLEY_TRY(const std::optional<state::ObjectKey> known, judge_->reader().find_key(made.id));
    if (known) return {};
    append(out, element);
    ++counts.values;
    return {};
  }

  std::unique_ptr<ExportJudge> judge_;
  std::vector<std::string> types_;
  std::vector<intel::SelectorType> selector_types_;
  bool begun_ = false, objects_ended_ = false, values_ended_ = false, is_first_ = true;
  state::ContentKey after_;
  std::optional<intel::Selector> last_;
};

}  // namespace

std::unique_ptr<ExportContent> make_stix_export(std::unique_ptr<ExportJudge> judge,
                                                const ExportQuestion& question) {
  return std::make_unique<StixExport>(std::move(judge), question);
}

}  // namespace parley::exchange
