#include "exchange/export_csv.hpp"

#include <algorithm>
#include <utility>

#include "encoding/csv.hpp"
#include "exchange/object_facts.hpp"
#include "policy/handling.hpp"

namespace parley::exchange {

namespace {

std::string level_text(const intel::Marking& marking) {
  if (marking.unknown) return "unknown";
  return marking.tlp ? std::string(intel::tlp_name(*marking.tlp)) : std::string();
}

std::string time_text(Timestamp time) {
  return time == Timestamp() ? std::string() : format_time(time);
}

class CsvExport final : public ExportContent {
 public:
  CsvExport(std::unique_ptr<ExportJudge> judge, const ExportQuestion& question) : judge_(std::move(judge)) {
    for (const intel::SelectorType type : intel::all_selector_types())
      if (question.types.empty() ||
          std::ranges::find(question.types, intel::type_name(type)) != question.types.end())
        types_.push_back(type);
  }

  policy::Decision act() const override { return judge_->act(); }
  std::string policy_version() const override { return judge_->policy().version(); }
  std::string audience() const override { return judge_->audience(); }

  Result<bool> fill(std::string& out, std::size_t most, ExportReport& counts) override {
    if (!begun_) {
      std::vector<std::string> header = {"type", "value", "tlp", "pap"};
      if (!judge_->is_for_peer()) header.insert(header.end(), {"first_seen", "last_seen"});
      encoding::append_csv_row(out, header);
      begun_ = true;
    }
    if (types_.empty()) return true;
    std::size_t looked_at = 0;
    bool ended = true;
    Result<void> failed;
    const std::optional<intel::Selector> from = last_;
    const auto visit = [&](const state::SelectorSummary& summary) {
      if (looked_at++ == most) {
        ended = false;
        return false;
      }
      last_ = summary.selector;
      failed = one(summary, out, counts);
      return failed.has_value();
    };
    PARLEY_CHECK(judge_->reader().for_each_selector(types_, visit, from ? &*from : nullptr));
    PARLEY_CHECK(failed);
    return ended;
  }

 private:
  Result<void> one(const state::SelectorSummary& summary, std::string& out, ExportReport& counts) {
    PARLEY_TRY(const ExportJudge::Value value, judge_->value(summary, false));
    if (!value.held) {
      ++counts.held_back[value.rule];
      return {};
    }
    const state::SelectorSummary& held = *value.held;
    std::vector<std::string> row = {std::string(intel::type_name(held.selector.type)),
                                    safe_csv_cell(held.selector.value), level_text(marking_of(held.marking)),
                                    held.pap ? std::string(policy::pap_name(*held.pap)) : std::string()};
    if (!judge_->is_for_peer()) {
      row.push_back(time_text(held.first_seen));
      row.push_back(time_text(held.last_seen));
    }
    encoding::append_csv_row(out, row);
    ++counts.values;
    return {};
  }

  std::unique_ptr<ExportJudge> judge_;
  std::vector<intel::SelectorType> types_;
  bool begun_ = false;
  std::optional<intel::Selector> last_;
};

}  // namespace

std::string safe_csv_cell(std::string_view text) {
  constexpr std::string_view formula = "=+-@\t\r'";
  std::string out;
  if (!text.empty() && formula.find(text.front()) != std::string_view::npos) out = "'";
  return out.append(text);
}

std::unique_ptr<ExportContent> make_csv_export(std::unique_ptr<ExportJudge> judge,
                                               const ExportQuestion& question) {
  return std::make_unique<CsvExport>(std::move(judge), question);
}

}  // namespace parley::exchange
