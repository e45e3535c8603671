#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "crypto/seeded.hpp"
#include "encoding/json.hpp"
#include "taxii/answer.hpp"
#include "taxii/cursor.hpp"
#include "taxii/identifier.hpp"
#include "taxii/query.hpp"
#include "taxii/resources.hpp"
#include "taxii/target.hpp"
#include "taxii/timestamp.hpp"

namespace parley::taxii {
namespace {

Timestamp us(std::int64_t n) {
  return Timestamp::from_microseconds(n);
}
bool is_bad(const Result<Query>& query) {
  return !query && query.error().kind == ErrorKind::bad_input;
}

TEST(Timestamps, are_written_with_six_digits_and_z) {
  EXPECT_EQ(format_timestamp(us(0)), "1970-01-01T00:00:00.000000Z");
  EXPECT_EQ(format_timestamp(us(1'700'000'000'123'450)), "2023-11-14T22:13:20.123450Z");
}

TEST(Timestamps, are_read_with_no_to_nine_digits) {
  const std::string second = "2023-11-14T22:13:20";
  EXPECT_EQ(parse_timestamp(second + "Z").value(), us(1'700'000'000'000'000));
  EXPECT_EQ(parse_timestamp(second + ".1Z").value(), us(1'700'000'000'100'000));
  EXPECT_EQ(parse_timestamp(second + ".123Z").value(), us(1'700'000'000'123'000));
  EXPECT_EQ(parse_timestamp(second + ".123456Z").value(), us(1'700'000'000'123'456));
  EXPECT_EQ(parse_timestamp(second + ".123456999Z").value(), us(1'700'000'000'123'456))
      << "what was added one microsecond later lies behind it";
}

TEST(Timestamps, that_are_malformed_are_refused) {
  for (const char* bad :
       {"", "2023", "2023-11-14", "2023-11-14T22:13:20", "2023-11-14T22:13:20+00:00", "2023-11-14 22:13:20Z",
        "2023-11-14t22:13:20z", "2023-11-14T22:13:20.Z", "2023-11-14T22:13:20.1234567890Z",
        "2023-13-14T22:13:20Z", "2023-02-30T22:13:20Z", "2023-11-14T25:13:20Z", "2023-11-14T22:13:20.1x3Z",
        "1700000000", "undefined", "Tue Nov 14 2023 22:13:20 GMT+0000"})
    EXPECT_FALSE(parse_timestamp(bad)) << bad;
}

TEST(Targets, are_the_nine_endpoints) {
  const std::string id = "91a7b528-80eb-42ed-a74d-c6fbd5a26116";
  const std::vector<std::pair<std::string, Target>> all = {
      {"/taxii2/", {Resource::discovery, "", "", "", ""}},
      {"/taxii2/intel/", {Resource::api_root, "intel", "", "", ""}},
      {"/taxii2/intel/status/" + id + "/", {Resource::status, "intel", id, "", ""}},
      {"/taxii2/intel/collections/", {Resource::collections, "intel", "", "", ""}},
      {"/taxii2/intel/collections/" + id + "/", {Resource::collection, "intel", "", id, ""}},
      {"/taxii2/intel/collections/" + id + "/manifest/", {Resource::manifest, "intel", "", id, ""}},
      {"/taxii2/intel/collections/" + id + "/objects/", {Resource::objects, "intel", "", id, ""}},
      {"/taxii2/intel/collections/" + id + "/objects/tool--1/",
       {Resource::object, "intel", "", id, "tool--1"}},
      {"/taxii2/intel/collections/" + id + "/objects/tool--1/versions/",
       {Resource::versions, "intel", "", id, "tool--1"}},
  };
  for (const auto& [path, target] : all) {
    EXPECT_EQ(parse_target(path).value(), target) << path;
    EXPECT_EQ(target_path(target), path);
    EXPECT_EQ(parse_target(path.substr(0, path.size() - 1)).value(), target) << "without the slash";
  }
  EXPECT_EQ(parse_target("/taxii2/intel/collections/my%2Dalias/").value().collection, "my-alias");
}

TEST(Targets, that_name_nothing_are_not_found) {
  for (const char* bad : {"",
                          "/",
                          "/taxii",
                          "/taxii2x/",
                          "/taxii2//",
                          "/taxii2/intel//",
                          "/taxii2/Intel/",
                          "/taxii2/intel/x/",
                          "/taxii2/intel/status/",
                          "/taxii2/../etc/passwd",
                          "/taxii2/./",
                          "/taxii2/%2e%2e/",
                          "/taxii2/a%2Fb/",
                          "/taxii2/intel/collections/a%5Cb/",
                          "/taxii2/intel/collections/%00/",
                          "/taxii2/intel/collections/%/",
                          "/taxii2/intel/collections/%0a/",
                          "/taxii2/intel/collections/c/objects/o/versions/x/",
                          "/taxii2/intel/collections/c/objects/o/other/",
                          "/taxii2/intel/collections/c/other/"})
    EXPECT_EQ(parse_target(bad).error().kind, ErrorKind::not_found) << bad;
  EXPECT_FALSE(parse_target("/taxii2/intel/collections/" + std::string(max_id_bytes + 1, 'x') + "/"));
  EXPECT_FALSE(parse_target("/taxii2/" + std::string(max_path_bytes, 'x')));
  EXPECT_FALSE(is_alias("91a7b528-80eb-42ed-a74d-c6fbd5a26116")) << "an alias cannot stand for another id";
}

TEST(Identifiers, are_version_4_uuids) {
  crypto::SeededEntropy entropy(crypto::Secret<32>(ByteArray<32>{1}), "ids");
  for (int i = 0; i < 50; ++i) EXPECT_TRUE(is_identifier(make_identifier(entropy)));
  EXPECT_FALSE(is_identifier("91a7b528-80eb-12ed-a74d-c6fbd5a26116"));
  EXPECT_FALSE(is_identifier("91A7B528-80EB-42ED-A74D-C6FBD5A26116"));
}

TEST(Queries, read_every_parameter) {
  const Query query = parse_query(
                          "added_after=2023-11-14T22:13:20.5Z&limit=7&next=abc&match%5Btype%5D=tool,malware"
                          "&match[id]=tool--1&match[version]=first,2020-01-01T00:00:00Z,last"
                          "&match[spec_version]=2.1,2.0&other=x&match[unheard]=,")
                          .value();
  EXPECT_EQ(query.added_after, us(1'700'000'000'500'000));
  EXPECT_EQ(query.limit, 7U);
  EXPECT_EQ(query.next, "abc");
  EXPECT_THAT(query.match.types, testing::ElementsAre("malware", "tool"));
  EXPECT_THAT(query.match.ids, testing::ElementsAre("tool--1"));
  EXPECT_TRUE(query.match.first && query.match.last && !query.match.all);
  EXPECT_EQ(query.match.versions.size(), 1U);
  EXPECT_THAT(query.match.spec_versions, testing::ElementsAre("2.0", "2.1"));
  EXPECT_TRUE(query.has_match && query.has_version);
}

TEST(Queries, without_a_version_ask_for_the_last) {
  EXPECT_TRUE(parse_query("").value().match.last);
  EXPECT_TRUE(parse_query("match[type]=tool").value().match.last);
  EXPECT_FALSE(parse_query("match[version]=first").value().match.last);
}

TEST(Queries, a_limit_is_a_whole_number_above_zero) {
  for (const char* bad :
       {"0", "-1", "abc", "1.5", "", "+1", "1e3", "9007199254740992", "99999999999999999999"})
    EXPECT_TRUE(is_bad(parse_query("limit=" + std::string(bad)))) << bad;
  EXPECT_EQ(parse_query("limit=9007199254740991").value().limit, 9'007'199'254'740'991U);
}

TEST(Queries, added_after_comes_once_and_is_a_timestamp) {
  EXPECT_TRUE(is_bad(parse_query("added_after=2023-11-14T22:13:20+00:00")));
  EXPECT_TRUE(is_bad(parse_query("added_after=2023-11-14T22:13:20%2B00:00")));
  EXPECT_TRUE(is_bad(parse_query("added_after=")));
  EXPECT_TRUE(is_bad(parse_query("added_after=2023-11-14T22:13:20Z&added_after=2023-11-14T22:13:20Z")));
  EXPECT_TRUE(parse_query("added_after=2023-11-14T22:13:20Z"));
}

TEST(Queries, a_field_of_match_comes_once) {
  EXPECT_TRUE(is_bad(parse_query("match[type]=tool&match[type]=malware")));
  EXPECT_TRUE(is_bad(parse_query("match[type]=tool&match%5btype%5d=malware")));
  EXPECT_TRUE(is_bad(parse_query("limit=1&limit=2")));
}

TEST(Queries, all_versions_stand_alone) {
  EXPECT_TRUE(parse_query("match[version]=all").value().match.all);
  EXPECT_TRUE(is_bad(parse_query("match[version]=all,last")));
  EXPECT_TRUE(is_bad(parse_query("match[version]=all,2020-01-01T00:00:00Z")));
  EXPECT_TRUE(is_bad(parse_query("match[version]=newest")));
  EXPECT_TRUE(is_bad(parse_query("match[version]=last,first,last")));
  EXPECT_TRUE(is_bad(parse_query("match[version]=2020-01-01T00:00:00Z,2020-01-01T00:00:00Z")));
  EXPECT_TRUE(parse_query("match[type]=tool,tool")) << "is asked for once";
}

TEST(Queries, any_stix_type_is_taken) {
  for (const char* type : {"x-custom", "x_odd", "indicator", "no-such-type"})
    EXPECT_TRUE(parse_query("match[type]=" + std::string(type)));
  EXPECT_TRUE(is_bad(parse_query("match[type]=")));
  EXPECT_TRUE(is_bad(parse_query("match[type]=a,,b")));
  EXPECT_TRUE(is_bad(parse_query("match[spec_version]=two")));
  EXPECT_TRUE(parse_query("match[spec_version]=3.0")) << "no such version here, which is no mistake";
}

TEST(Queries, are_bounded) {
  std::string many = "match[id]=a";
  for (std::size_t i = 0; i < max_match_values; ++i) many += ",b" + std::to_string(i);
  EXPECT_TRUE(is_bad(parse_query(many)));
  EXPECT_TRUE(is_bad(parse_query("match[id]=" + std::string(max_match_value_bytes + 1, 'x'))));
  EXPECT_TRUE(is_bad(parse_query("next=" + std::string(max_cursor_bytes + 1, 'x'))));
  EXPECT_TRUE(is_bad(parse_query("x=" + std::string(max_query_bytes, 'x'))));
  EXPECT_TRUE(is_bad(parse_query("limit=%zz")));
}

struct Cursors : testing::Test {
  Bytes key = Bytes(32, 7);
  Target target = parse_target("/taxii2/intel/collections/c1/objects/").value();
  CursorScope scope{"alice", &target};
  Query asked = parse_query("match[type]=tool&limit=5").value();
  std::string made = make_cursor(key, scope, {us(1'000'000), asked.match, 5});

  Result<Position> read(std::string_view query, CursorScope where) {
    Query with = parse_query(query).value();
    with.next = made;
    return read_cursor(key, where, with);
  }
};

TEST_F(Cursors, go_on_with_or_without_the_filters_repeated) {
  for (const char* query : {"", "limit=9", "match[type]=tool", "added_after=1970-01-01T00:00:00.5Z",
                            "match[type]=tool&added_after=1970-01-01T00:00:01Z"}) {
    const auto position = read(query, scope);
    ASSERT_TRUE(position) << query;
    EXPECT_EQ(position->after, us(1'000'000));
    EXPECT_EQ(position->match, asked.match);
    EXPECT_EQ(position->limit, 5U);
  }
}

TEST_F(Cursors, of_other_filters_are_refused) {
  for (const char* query : {"match[type]=malware", "match[type]=tool&match[version]=all", "match[id]=x",
                            "added_after=1970-01-01T00:00:02Z"})
    EXPECT_FALSE(read(query, scope)) << query;
}

TEST_F(Cursors, of_another_caller_or_place_are_refused) {
  EXPECT_FALSE(read("", {"bob", &target}));
  for (const char* path :
       {"/taxii2/intel/collections/c2/objects/", "/taxii2/intel/collections/c1/manifest/",
        "/taxii2/other/collections/c1/objects/", "/taxii2/intel/collections/c1/objects/x/"}) {
    const Target other = parse_target(path).value();
    EXPECT_FALSE(read("", {"alice", &other})) << path;
  }
}

TEST_F(Cursors, that_were_changed_in_any_bit_are_refused) {
  const Bytes bytes = from_base64url(made).value();
  for (std::size_t bit = 0; bit < bytes.size() * 8; ++bit) {
    Bytes other = bytes;
    other[bit / 8] = static_cast<std::uint8_t>(other[bit / 8] ^ (1U << (bit % 8)));
    made = to_base64url(other);
    EXPECT_FALSE(read("", scope)) << bit;
  }
  for (const char* forged : {"x", "bogus", "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA", "!!"}) {
    made = forged;
    EXPECT_FALSE(read("", scope)) << forged;
  }
  key[0] = 8;
  made = to_base64url(bytes);
  EXPECT_FALSE(read("", scope)) << "of another server";
}

TEST(Targets, identifiers_are_read_in_capitals_too) {
  const std::string id = "91a7b528-80eb-42ed-a74d-c6fbd5a26116";
  const std::string capitals = "91A7B528-80EB-42ED-A74D-C6FBD5A26116";
  EXPECT_EQ(parse_target("/taxii2/intel/collections/" + capitals + "/objects/")->collection, id);
  EXPECT_EQ(parse_target("/taxii2/intel/status/" + capitals + "/")->status, id);
  // An alias keeps its letters, and cannot be taken for an identifier.
  EXPECT_EQ(parse_target("/taxii2/intel/collections/ABCDEF/")->collection, "ABCDEF");
  EXPECT_FALSE(is_alias(capitals));
  EXPECT_TRUE(is_alias("ABCDEF"));
  EXPECT_FALSE(is_identifier(capitals)) << "what we write is lower case";
}

TEST(Resources, leave_empty_lists_and_texts_out) {
  EXPECT_EQ(to_json(std::vector<Collection>{}), "{}");
  const std::vector<std::string_view> two = {R"("a")", R"("b")"};
  EXPECT_EQ(list_resource("objects", {}, false, ""), "{}");
  EXPECT_EQ(list_resource("objects", {}, true, "n"), R"({"more":true,"next":"n"})");
  EXPECT_EQ(list_resource("versions", two, false, ""), R"({"more":false,"versions":["a","b"]})");
  EXPECT_EQ(to_json(Discovery{"T", "", "", "", {}}), R"({"title":"T"})");
}

TEST(Resources, have_the_members_of_the_specification) {
  EXPECT_EQ(to_json(Discovery{"T", "D", "C", "/taxii2/a/", {"/taxii2/a/", "/taxii2/b/"}}),
            R"({"title":"T","description":"D","contact":"C","default":"/taxii2/a/",)"
            R"("api_roots":["/taxii2/a/","/taxii2/b/"]})");
  EXPECT_EQ(to_json(ApiRoot{"T", "", 9}),
            R"({"title":"T","versions":["application/taxii+json;version=2.1"],"max_content_length":9})");
  EXPECT_EQ(to_json(Collection{"i", "T", "", "al", true, false, {"m"}}),
            R"({"id":"i","title":"T","alias":"al","can_read":true,"can_write":false,"media_types":["m"]})");
  std::string record;
  append_manifest_record(record, {"tool--1", us(1), us(2), true});
  EXPECT_EQ(record, R"({"id":"tool--1","date_added":"1970-01-01T00:00:00.000001Z",)"
                    R"("version":"1970-01-01T00:00:00.000002Z",)"
                    R"("media_type":"application/stix+json;version=2.0"})");
  Status status;
  status.id = "s";
  status.successes = {{"tool--1", "v", ""}};
  status.failures = {{"tool--2", "", "why"}};
  EXPECT_EQ(
      to_json(status),
      R"({"id":"s","status":"complete","request_timestamp":"1970-01-01T00:00:00.000000Z","total_count":2,)"
      R"("success_count":1,"successes":[{"id":"tool--1","version":"v"}],"failure_count":1,)"
      R"("failures":[{"id":"tool--2","message":"why"}],"pending_count":0})");
}

TEST(Errors, carry_the_status_as_a_text_and_tell_nothing_of_the_inside) {
  const Answer answer = error_answer(Error{ErrorKind::internal, "/home/secret: broken", "x", {}});
  EXPECT_EQ(answer.status, 500);
  EXPECT_THAT(*answer.body, testing::HasSubstr(R"("http_status":"500")"));
  EXPECT_THAT(*answer.body, testing::Not(testing::HasSubstr("secret")));
  EXPECT_EQ(error_answer(Error{ErrorKind::bad_input, "limit: zero", "", {}}).status, 400);
  EXPECT_EQ(error_answer(Error{ErrorKind::not_found, "", "", {}}).status, 404);
  EXPECT_EQ(error_answer(Error{ErrorKind::refused, "", "", {}}).status, 403);
  EXPECT_TRUE(error_answer(401, "Who").challenge);
}

}  // namespace
}  // namespace parley::taxii
