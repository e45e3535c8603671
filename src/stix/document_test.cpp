#include "stix/document.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "stix/convert_20.hpp"
#include "stix/validator_fixture.hpp"
#include "stix/versions.hpp"

namespace parley::stix {
namespace {

using encoding::Json;
using testing::Contains;
using testing::ElementsAre;
using testing::IsEmpty;

struct Outcome {
  DocumentVerdict verdict;
  Noted noted;
};

Outcome read(std::string_view text, std::size_t chunk = 1U << 20U, ValidateOptions options = {},
             DocumentLimits limits = {}) {
  Outcome out;
  DocumentValidator validator(std::move(options), out.noted, limits);
  for (std::size_t at = 0; at < text.size(); at += chunk) validator.feed(as_bytes(text.substr(at, chunk)));
  out.verdict = validator.finish();
  return out;
}

constexpr std::string_view mutex =
    R"({"type":"mutex","id":"mutex--eba44954-d4e4-5d3b-814c-2b17dd8de300","spec_version":"2.1","name":"a"})";

std::string bundle(std::string_view objects, std::string_view head = "") {
  return R"({"type":"bundle","id":"bundle--00000000-0000-4000-8000-000000000001",)" + std::string(head) +
         R"("objects":[)" + std::string(objects) + "]}";
}

TEST(Document, a_bundle_is_checked_object_by_object_whatever_the_chunks) {
  const std::string text = read_vector("stix/every-type.json");
  const Outcome whole = read(text);
  EXPECT_TRUE(whole.verdict.readable && whole.verdict.is_bundle);
  EXPECT_EQ(whole.verdict.objects, every_type().size());
  EXPECT_THAT(whole.noted.errors, IsEmpty());
  for (const std::size_t chunk : {1UL, 7UL, 4096UL}) {
    const Outcome cut = read(text, chunk);
    EXPECT_EQ(cut.noted.errors, whole.noted.errors);
    EXPECT_EQ(cut.noted.warnings, whole.noted.warnings);
  }
}

TEST(Document, the_validator_says_the_same_of_a_bundle_in_one_piece) {
  const std::string text = read_vector("stix/every-type.json");
  Noted noted;
  Validator validator({.check_sco_ids = false});
  const ObjectVerdict verdict = validator.validate(text, {}, noted);
  EXPECT_EQ(verdict.errors, 0U);
  EXPECT_EQ(noted.warnings.size(), read(text, 1U << 20U, {.check_sco_ids = false}).noted.warnings.size());
}

TEST(Document, a_single_object_and_a_list_of_objects_are_files_too) {
  const Outcome one = read(mutex);
  EXPECT_EQ(one.verdict.objects, 1U);
  EXPECT_EQ(one.verdict.errors, 0U);
  EXPECT_FALSE(one.verdict.is_bundle);
  const Outcome list = read("[" + std::string(mutex) + "," + std::string(mutex) + ",{\"type\":\"mutex\"}]");
  EXPECT_EQ(list.verdict.objects, 3U);
  EXPECT_EQ(list.verdict.invalid_objects, 1U);
  EXPECT_THAT(list.noted.errors, Contains("required-property /2"));
}

TEST(Document, the_head_of_a_bundle_is_checked) {
  EXPECT_THAT(
      read(R"({"type":"bundle","id":"bundle--1","objects":[)" + std::string(mutex) + "]}").noted.errors,
      ElementsAre("id-form /id"));
  EXPECT_THAT(read(R"({"objects":[)" + std::string(mutex) + "]}").noted.errors, ElementsAre("type-missing "));
  EXPECT_THAT(read(bundle("")).noted.errors, ElementsAre("bundle-objects /objects"));
  EXPECT_THAT(read(R"({"type":"bundle","id":"bundle--00000000-0000-4000-8000-000000000001"})").noted.errors,
              IsEmpty());
}

TEST(Document, a_broken_object_does_not_hide_the_others) {
  const Outcome out =
      read(bundle(std::string(mutex) + ",{\"type\":\"mutex\",\"id\":1e},\"text\"," + std::string(mutex)));
  EXPECT_EQ(out.verdict.objects, 4U);
  EXPECT_EQ(out.verdict.invalid_objects, 2U);
  EXPECT_TRUE(out.verdict.readable);
  EXPECT_THAT(out.noted.errors, Contains("not-json /objects/1/id"));
}

TEST(Document, what_holds_no_object_is_unreadable) {
  for (const char* text : {"", "nothing", "{", "\xff\xfe", "[1,2]", "12"})
    EXPECT_FALSE(read(text).verdict.readable) << text;
}

TEST(Document, what_is_no_json_is_told_once_with_its_place_and_what_to_do) {
  using namespace std::string_literals;
  const auto object = [](std::string_view value) {
    return R"({"type":"mutex","id":"mutex--eba44954-d4e4-5d3b-814c-2b17dd8de300","spec_version":"2.1","name":)" +
           std::string(value) + "}";
  };
  const std::string identity =
      R"({"type":"identity","spec_version":"2.1","id":"identity--11111111-1111-4111-8111-111111111111",)"
      R"("created":"2026-01-01T00:00:00.000Z","modified":"2026-01-01T00:00:00.000Z","name":"CERT Alpha",)"
      R"("identity_class":"organization"})";
  struct Case {
    std::string text, place, why;
  };
  const std::vector<Case> cases = {
      {object("NaN"), "/name", "no NaN"},
      {object(R"(["a",-Infinity])"), "/name/1", "no Infinity"},
      {object("None"), "/name", "true, false or null"},
      {object("'a'"), "/name", "double quotes"},
      {object(R"({"a~b/c":[0,01]})"), "/name/a~0b~1c/1", "does not begin with 0"},
      {object("99999999999999999999999"), "/name", "64 bits"},
      {object("1e999"), "/name", "larger than a double"},
      {object("1."), "/name", "behind the point"},
      {object(R"("\ud800")"), "/name", "surrogate"},
      {object(R"("\udc00")"), "/name", "surrogate"},
      {object(R"("\ud800\u0041")"), "/name", "surrogate"},
      {object(R"("C:\Windows")"), "/name", "a backslash itself is written as two"},
      {object(R"("\u12")"), "/name", "four hexadecimal digits"},
      {object("\"a\x01z\""), "/name", "control character"},
      {object("\"\xff\""), "/name", "no UTF-8"},
      {object("[1,]"), "/name", "a comma too many"},
      {object("[1 2]"), "/name/0", "a comma or a closing bracket is missing"},
      {object(R"("a" /* b */)"), "/name", "a comma or a closing brace is missing"},
      {identity + identity, "", "nothing after the end"},
      {std::string(mutex.substr(0, mutex.size() - 1)), "", "cut off"},
      {"[]", "", "the list is empty"},
      {"<html>", "", "XML or HTML"},
      {"\xff\xfe{\0"s, "", "UTF-16"},
      {"{\0\"\0"s, "", "UTF-16"},
      {"\x1f\x8b\x08\0"s, "", "compressed"},
      {"// a bundle\n{}", "", "comment"},
  };
  for (const Case& one : cases)
    for (const std::size_t chunk : {1UL, 4096UL}) {
      const Outcome out = read(one.text, chunk);
      ASSERT_EQ(out.noted.messages.size(), 1U) << one.text << testing::PrintToString(out.noted.messages)
                                               << testing::PrintToString(out.noted.errors);
      EXPECT_EQ(out.noted.errors, std::vector<std::string>{"not-json " + one.place}) << one.text;
      EXPECT_THAT(out.noted.messages.front(), testing::HasSubstr(one.why)) << one.text;
    }
  for (const auto& [text, kind] :
       {std::pair{"17", "a number"}, {"\"a\"", "a text"}, {"null", "null"}, {"[]", "a list"}}) {
    const Outcome out = read(bundle(text));
    EXPECT_THAT(out.noted.errors, ElementsAre("not-object /objects/0")) << text;
    EXPECT_THAT(out.noted.messages.front(), testing::HasSubstr(kind));
  }
  EXPECT_THAT(read(R"({"type":"mutex","type":"tool","name":"a"})").noted.errors, Contains("duplicate-name "));
  EXPECT_THAT(read(R"({"type":"mutex","type":"tool","name":"a"})").noted.errors,
              testing::Not(Contains("not-json ")));
  EXPECT_EQ(read(R"({"type":"bundle","id":"bundle--00000000-0000-4000-8000-000000000001"})").verdict.objects,
            0U);
  EXPECT_THAT(read(bundle(bundle(mutex))).noted.errors, ElementsAre("nested-bundle /objects/0"));
}

TEST(Document, an_object_that_is_too_large_is_an_error_and_the_rest_is_read) {
  const std::string large = R"({"type":"mutex","name":")" + std::string(100'000, 'a') + "\"}";
  DocumentLimits limits;
  limits.max_object_bytes = 10'000;
  const Outcome out = read(bundle(large + "," + std::string(mutex)), 4096, {}, limits);
  EXPECT_EQ(out.verdict.objects, 2U);
  EXPECT_EQ(out.verdict.invalid_objects, 1U);
}

TEST(Document, two_objects_of_one_version_are_told) {
  const std::string object = encoding::write_json(example("campaign"));
  EXPECT_THAT(read(bundle(object + "," + object)).noted.warnings, Contains("duplicate-ids /objects/1"));
  DocumentLimits limits;
  limits.max_remembered = 0;
  EXPECT_THAT(read(bundle(object + "," + object), 100, {}, limits).noted.warnings,
              testing::Not(Contains("duplicate-ids /objects/1")));
}

TEST(Document, interoperability_wants_the_creator_in_the_bundle) {
  const std::string campaign = encoding::write_json(example("campaign"));
  const std::string identity = encoding::write_json(example("identity"));
  EXPECT_THAT(read(bundle(campaign + "," + identity), 100, {.interop = true}).noted.errors, IsEmpty());
  EXPECT_THAT(read(bundle(campaign), 100, {.interop = true}).noted.errors,
              ElementsAre("interop-created-by /objects/0"));
}

constexpr std::string_view observed_20 =
    R"({"type":"observed-data","id":"observed-data--b67d30ff-02ac-498a-92f9-32f845f448cf",
    "created":"2016-04-06T19:58:16.000Z","modified":"2016-04-06T19:58:16.000Z","first_observed":"2015-12-21T19:00:00Z",
    "last_observed":"2015-12-21T19:00:00Z","number_observed":50,"x_example_note":"kept","objects":{
    "0":{"type":"file","name":"a.exe","parent_directory_ref":"1","created":"2016-04-06T19:58:16Z","is_encrypted":false},
    "1":{"type":"directory","path":"/usr"},"2":{"type":"process","name":"a","arguments":["-b","c"],"binary_ref":"0"},
    "3":{"type":"domain-name","value":"example.org","resolves_to_refs":["4"]},"4":{"type":"ipv4-addr","value":"198.51.100.3"}}})";

TEST(Convert20, objects_of_a_bundle_of_20_are_read_and_become_valid_21) {
  const std::string text = bundle(observed_20, R"("spec_version":"2.0",)");
  const Outcome before = read(text);
  EXPECT_THAT(before.noted.errors, IsEmpty());
  EXPECT_EQ(before.verdict.objects_20, 1U);
  const Result<Converted> converted = convert_20(observed_20);
  ASSERT_TRUE(converted.has_value());
  ASSERT_EQ(converted->objects.size(), 6U);
  for (const std::string& object : converted->objects)
    EXPECT_THAT(read(object).noted.errors, IsEmpty()) << object;
  const Json observed = *encoding::parse_json(converted->objects.back());
  EXPECT_EQ(*observed.find("id")->if_string(), "observed-data--b67d30ff-02ac-498a-92f9-32f845f448cf");
  EXPECT_EQ(*observed.find("x_example_note")->if_string(), "kept");
  EXPECT_FALSE(observed.contains("objects"));
  EXPECT_EQ(observed.find("object_refs")->size(), 5U);
  EXPECT_THAT(converted->objects,
              Contains(testing::HasSubstr("ipv4-addr--28bb3599-77cd-5a82-a950-b5bc3caf07c4")))
      << "the id of STIX 2.1 section 2.9";
  EXPECT_THAT(converted->objects, Contains(testing::HasSubstr("\"command_line\":\"a -b c\"")));
  EXPECT_THAT(converted->notes, testing::Not(IsEmpty()));
  EXPECT_EQ(convert_20(observed_20)->objects, converted->objects) << "the same each time";
}

TEST(Convert20, labels_become_types_and_patterns_get_theirs) {
  const Result<Converted> indicator = convert_20(
      R"({"type":"indicator","id":"indicator--8e2e2d2b-17d4-4cbf-938f-98ee46b3cd3f","created":"2016-04-06T20:03:48.000Z",
      "modified":"2016-04-06T20:03:48.000Z","labels":["malicious-activity"],"name":"n","valid_from":"2016-01-01T00:00:00Z",
      "pattern":"[ipv4-addr:value = '198.51.100.1'] START '2016-01-01T00:00:00Z' STOP '2016-02-01T00:00:00Z'"})");
  ASSERT_TRUE(indicator.has_value());
  EXPECT_THAT(read(indicator->objects.front()).noted.errors, IsEmpty());
  const Result<Converted> malware = convert_20(
      R"({"type":"malware","id":"malware--8e2e2d2b-17d4-4cbf-938f-98ee46b3cd3f","created":"2016-04-06T20:03:48.000Z",
      "modified":"2016-04-06T20:03:48.000Z","labels":["ransomware"],"name":"n"})");
  ASSERT_TRUE(malware.has_value());
  EXPECT_THAT(read(malware->objects.front()).noted.errors, IsEmpty());
  EXPECT_FALSE(convert_20("[]").has_value());
}

TEST(Convert20, a_circle_of_references_ends) {
  const Result<Converted> converted = convert_20(
      R"({"type":"observed-data","id":"observed-data--b67d30ff-02ac-498a-92f9-32f845f448cf","objects":{
      "0":{"type":"email-message","from_ref":"1","is_multipart":false},"1":{"type":"email-message","from_ref":"0","is_multipart":false}}})");
  ASSERT_TRUE(converted.has_value());
  EXPECT_EQ(converted->objects.size(), 3U);
}

TEST(Versions, times_decide_and_content_tells_conflicts) {
  const ObjectVersion first{"x--1", "2024-01-01T00:00:00Z", "2024-01-01T00:00:00Z", "identity--1", false,
                            "{}"};
  ObjectVersion second = first;
  second.modified = "2024-01-01T00:00:00.000Z";
  EXPECT_EQ(compare_versions(first, second), VersionOrder::same);
  second.content = "{ }";
  EXPECT_EQ(compare_versions(first, second), VersionOrder::conflict);
  second.modified = "2024-01-01T00:00:00.001Z";
  EXPECT_EQ(compare_versions(first, second), VersionOrder::older);
  EXPECT_EQ(compare_versions(second, first), VersionOrder::newer);
  second.id = "x--2";
  EXPECT_EQ(compare_versions(first, second), VersionOrder::other);
}

TEST(Versions, only_the_creator_goes_on_and_nothing_follows_a_revocation) {
  ObjectVersion current{"x--1", "2024-01-01T00:00:00Z", "2024-01-01T00:00:00Z", "identity--1", false, "{}"};
  ObjectVersion next = current;
  next.modified = "2024-02-01T00:00:00Z";
  EXPECT_TRUE(check_next_version(current, next).has_value());
  EXPECT_EQ(check_next_version(next, current).error().where, "/modified");
  ObjectVersion foreign = next;
  foreign.created_by = "identity--2";
  EXPECT_EQ(check_next_version(current, foreign).error().where, "/created_by_ref");
  ObjectVersion moved = next;
  moved.created = "2024-01-02T00:00:00Z";
  EXPECT_EQ(check_next_version(current, moved).error().where, "/created");
  ObjectVersion edited = current;
  edited.content = "{ }";
  EXPECT_EQ(check_next_version(current, edited).error().where, "/modified");
  current.revoked = true;
  EXPECT_EQ(check_next_version(current, next).error().where, "/revoked");
}

}  // namespace
}  // namespace parley::stix
