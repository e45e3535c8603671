#include "exchange/import_stix20.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "exchange/importing.hpp"
#include "exchange/node_fixture.hpp"
#include "intel/warninglist.hpp"
#include "state/store.hpp"
#include "stix/validator.hpp"

namespace parley::exchange {
namespace {

using testing::HasSubstr;

const std::string amber1 = "marking-definition--f88d31f6-486f-44da-b317-01333bde0b82";
const std::string observed =
    R"({"type":"observed-data", "id":"observed-data--b67d30ff-02ac-498a-92f9-32f845f448cf",
    "created":"2016-04-06T19:58:16.000Z","modified":"2016-04-06T19:58:16.000Z","first_observed":"2015-12-21T19:00:00Z",
    "last_observed":"2015-12-21T19:00:00Z","number_observed":50,"x_example_note":"kept","object_marking_refs":[")" +
    amber1 + R"("],"objects":{"0":{"type":"domain-name","value":"example.org","resolves_to_refs":["1"]},
    "1":{"type":"ipv4-addr","value":"198.51.100.3"}}})";
const std::string indicator =
    R"({"type":"indicator","id":"indicator--8e2e2d2b-17d4-4cbf-938f-98ee46b3cd3f","created":"2016-04-06T20:03:48.000Z",
    "modified":"2016-04-06T20:03:48.000Z","labels":["malicious-activity"],"valid_from":"2016-01-01T00:00:00Z",
    "pattern":"[domain-name:value = 'one.example.org']"})";
const std::string malware =
    R"({"type":"malware","id":"malware--8e2e2d2b-17d4-4cbf-938f-98ee46b3cd3f","created":"2016-04-06T20:03:48.000Z",
    "modified":"2016-04-06T20:03:48.000Z","labels":["ransomware"],"name":"n"})";
const std::string domain =
    intel::read_stix_object(intel::make_sco({intel::SelectorType::domain_name, "example.org"}, std::nullopt))
        .value()
        .id;
const std::string address = "ipv4-addr--28bb3599-77cd-5a82-a950-b5bc3caf07c4";

class Stix20 : public testing::Test {
 protected:
  Stix20() : node("CERT Alpha", "version = 1\n") {}
  ImportReport import(const std::vector<std::string>& objects, bool convert = true) {
    const intel::WarninglistSet lists;
    std::string bundle =
        R"({"type":"bundle","spec_version":"2.0","id":"bundle--00000000-0000-4000-8000-000000000001",)";
    bundle += R"("objects":[)";
    for (std::size_t i = 0; i < objects.size(); ++i) bundle += (i == 0 ? "" : ",") + objects[i];
    ImportOptions options;
    options.format = intel::InputFormat::stix;
    options.tlp = intel::TlpLevel::green;
    options.convert_stix20 = convert;
    Import run(*node.node, options, lists, {});
    EXPECT_TRUE(run.begin_file("feed", "feed"));
    EXPECT_TRUE(run.feed(as_bytes(bundle + "]}")));
    EXPECT_TRUE(run.end_file());
    return run.finish().value();
  }
  std::unique_ptr<state::Reader> reader() { return node.node->store().snapshot().value(); }
  state::StoredObject stored(const std::string& id) {
    const auto found = reader()->find_object(id).value();
    EXPECT_TRUE(found) << id;
    return found.value_or(state::StoredObject{});
  }
  static std::string id_of(const std::string& raw) { return intel::read_stix_object(raw).value().id; }
  MemoryNode node;
};

struct Errors final : stix::FindingSink {
  std::string text;
  bool take(const stix::Finding& finding) override {
    if (finding.severity() == stix::Severity::error)
      text += finding.pointer() + ": " + finding.message() + "\n";
    return true;
  }
};

TEST_F(Stix20, is_stored_as_stix_21_that_is_valid_and_the_bytes_that_came_are_kept) {
  const ImportReport report = import({observed, indicator, malware});
  EXPECT_EQ(report.found, 3U);
  EXPECT_EQ(report.imported, 3U);
  EXPECT_EQ(report.rejected, 0U);
  stix::Validator validator;
  for (const std::string& came : {observed, indicator, malware}) {
    const state::StoredObject now = stored(id_of(came));
    EXPECT_THAT(now.raw, HasSubstr(R"("spec_version":"2.1")"));
    EXPECT_EQ(original_of(*reader(), now.raw).value(), came);
    Errors errors;
    stix::ObjectPlace place;
    place.in_bundle = true;
    validator.validate(now.raw, place, errors);
    EXPECT_EQ(errors.text, "") << now.raw;
  }
  EXPECT_THAT(stored(id_of(observed)).raw, HasSubstr(R"("x_example_note":"kept")"));
}

TEST_F(Stix20, a_second_import_finds_everything_unchanged) {
  import({observed, indicator, malware});
  const ImportReport again = import({observed, indicator, malware});
  EXPECT_EQ(again.found, 3U);
  EXPECT_EQ(again.unchanged, 3U) << encoding::write_json(again.to_json());
}

TEST_F(Stix20, observables_become_objects_with_the_marking_of_what_they_were_a_part_of) {
  const ImportReport report = import({observed});
  EXPECT_EQ(report.found, 1U) << "they are no items";
  for (const std::string& id : {domain, address})
    EXPECT_EQ(stored(id).marking, state::MarkingCode::amber) << id;
  const auto from = reader()->references_from(id_of(observed)).value();
  EXPECT_EQ(std::ranges::count(from, "object_refs", &state::StoredReference::property), 2);
  const auto selector = intel::Selector{intel::SelectorType::domain_name, "example.org"};
  const auto holdings = reader()->find_holdings(selector).value();
  ASSERT_EQ(holdings.size(), 1U) << "the observed-data holds what it observed";
  EXPECT_EQ(holdings.front().object, stored(id_of(observed)).key);
  EXPECT_FALSE(original_of(*reader(), stored(domain).raw).value()) << "it came as a part";
}

TEST_F(Stix20, what_an_earlier_import_kept_as_it_came_stays_so) {
  import({indicator}, false);
  EXPECT_EQ(stored(id_of(indicator)).raw, indicator);
  const ImportReport again = import({indicator});
  EXPECT_EQ(again.unchanged, 1U);
  EXPECT_EQ(stored(id_of(indicator)).raw, indicator);
}

TEST_F(Stix20, the_kept_bytes_go_with_the_object_when_it_is_erased) {
  import({indicator});
  const std::string raw = stored(id_of(indicator)).raw;
  ASSERT_TRUE(state::write(node.node->store(), state::Durability::synced,
                           [&](state::Transaction& t) { return erase_original(t, raw); }));
  EXPECT_FALSE(original_of(*reader(), raw).value());
}

}  // namespace
}  // namespace parley::exchange
