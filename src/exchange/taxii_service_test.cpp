#include "exchange/taxii_service.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "exchange/node_fixture.hpp"
#include "exchange/recording.hpp"
#include "exchange/release_fixture.hpp"
#include "exchange/taxii_book.hpp"
#include "exchange/taxii_callers.hpp"
#include "intel/warninglist.hpp"
#include "record/jws.hpp"
#include "taxii/timestamp.hpp"

namespace parley::exchange {
namespace {

using encoding::Json;
using taxii::Answer;
using taxii::Method;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

constexpr std::string_view rules = R"(
version = 1
[off_limits]
labels = ["classified"]
[strip]
"*" = ["x_internal"]
[[taxii]]
caller = "alice"
tlp = "green"
[[taxii]]
caller = "bob"
tlp = "amber"
[[taxii]]
caller = "writer"
tlp = "amber"
)";

const std::string amber_ref = "marking-definition--55d920b0-5e8b-4f79-9ee9-91f868d9b421";
const std::string clear_ref = "marking-definition--94868c89-83c2-464b-929b-a1a8aa3c8487";

std::string versioned(const std::string& type, unsigned number, const std::string& modified,
                      const std::string& marking = green_ref, const std::string& more = "") {
  return R"({"type":")" + type + R"(","spec_version":"2.1","id":")" + stix_id(type, number) +
         R"(","created":"2025-01-01T00:00:00.000Z","modified":")" + modified +
         R"(","object_marking_refs":[")" + marking + R"("])" + (more.empty() ? "" : "," + more) + "}";
}

class Taxii : public testing::Test {
 protected:
  Taxii() : node("CERT Alpha", rules) {
    EXPECT_FALSE(node.policy.is_closed()) << node.policy.closed_because();
    TaxiiCollection collection;
    collection.title = "Indicators";
    collection.alias = "indicators";
    collection.writable = true;
    made = add_collection(*node.node, collection).value();
    for (const char* name : {"alice", "bob", "mallory"}) allow(name, "indicators");
    allow("writer", "indicators:rw");
    restart();
  }
  void allow(const std::string& name, const std::string& right) {
    CallerRequest request;
    request.name = name;
    request.with_token = true;
    request.collections = {right};
    ASSERT_TRUE(add_caller(*node.node, request));
  }
  void restart(TaxiiSettings settings = {}) {
    service.reset();
    service = std::make_unique<TaxiiService>(*node.node, lists, settings);
  }
  std::string path(const std::string& more = "objects/") const {
    return "/taxii2/intel/collections/" + made.id + "/" + more;
  }
  Answer get(const std::string& where, const std::string& query = "", const std::string& caller = "alice") {
    taxii::Request request;
    request.path = where;
    request.query = query;
    request.caller = caller;
    return service->answer(request);
  }
  Answer post(const std::string& body, const std::string& caller = "writer", const std::string& where = "") {
    taxii::Request request;
    request.method = Method::post;
    const std::string full = where.empty() ? path() : where;
    request.path = full;
    request.caller = caller;
    request.body = as_bytes(body);
    return service->answer(request);
  }
  Answer erase(const std::string& where, const std::string& query = "",
               const std::string& caller = "writer") {
    taxii::Request request;
    request.method = Method::erase;
    request.path = where;
    request.query = query;
    request.caller = caller;
    return service->answer(request);
  }
  static std::string envelope(const std::vector<std::string>& objects) {
    std::string out = R"({"objects":[)";
    for (std::size_t i = 0; i < objects.size(); ++i) out += (i == 0 ? "" : ",") + objects[i];
    return out + "]}";
  }
  void import(const std::vector<std::string>& objects, ImportOptions options = {},
              const std::string& source = "feed") {
    options.format = intel::InputFormat::stix;
    Import import(*node.node, options, lists, {});
    ASSERT_TRUE(import.begin_file(source, source));
    ASSERT_TRUE(import.feed(as_bytes(envelope(objects))));
    ASSERT_TRUE(import.end_file());
    const auto report = import.finish();
    ASSERT_TRUE(report) << report.error().text();
    EXPECT_EQ(report->rejected, 0U) << encoding::write_json(report->to_json());
  }
  FillReport fill(CollectionRule rule = {.all = true}) {
    auto fill = CollectionFill::begin(*node.node, "indicators", std::move(rule)).value();
    for (;;)
      if (const auto done = fill.step().value()) return *done;
  }
  static Json json(const Answer& answer) { return encoding::parse_json(*answer.body).value(); }
  static std::vector<std::string> ids(const Answer& answer) {
    std::vector<std::string> out;
    EXPECT_EQ(answer.status, 200) << *answer.body;
    const Json body = json(answer);
    if (const Json* objects = body.find("objects"))
      for (const Json& one : *objects->if_array()) out.push_back(one.string_member("id").value());
    return out;
  }
  static std::string error_status(const Answer& answer) {
    return json(answer).string_member("http_status").value_or("none");
  }

  MemoryNode node;
  intel::WarninglistSet lists;
  TaxiiCollection made;
  std::unique_ptr<TaxiiService> service;
};

// ---- who may ask

TEST_F(Taxii, without_credentials_everything_is_401_with_a_challenge) {
  for (const std::string& where : {std::string("/taxii2/"), path(), std::string("/taxii2/nothing/")}) {
    const Answer answer = get(where, "", "");
    EXPECT_EQ(answer.status, 401) << where;
    EXPECT_TRUE(answer.challenge);
    EXPECT_EQ(error_status(answer), "401");
  }
  EXPECT_EQ(get("/taxii2/", "", "nobody").status, 401);
}

TEST_F(Taxii, a_password_a_token_or_a_certificate_says_who_it_is) {
  CallerRequest request;
  request.name = "carol";
  request.with_password = request.with_token = true;
  request.certificate = std::string(64, 'a');
  const NewSecrets secrets = add_caller(*node.node, request).value().second;
  TaxiiCredentials basic{.basic_user = "carol", .basic_password = secrets.password};
  EXPECT_EQ(service->authenticate(basic).value(), "carol");
  EXPECT_EQ(service->authenticate(basic).value(), "carol") << "remembered";
  EXPECT_EQ(service->authenticate({.bearer = secrets.token}).value(), "carol");
  crypto::Hash256 certificate{};
  certificate.fill(0xaa);
  EXPECT_EQ(service->authenticate({.certificate = certificate}).value(), "carol");
  certificate[0] = 0;
  EXPECT_FALSE(service->authenticate({.certificate = certificate}));
  basic.basic_password = "wrong";
  EXPECT_EQ(service->authenticate(basic).error().kind, ErrorKind::not_found);
  EXPECT_FALSE(service->authenticate({.basic_user = "nobody", .basic_password = secrets.password}));
  EXPECT_FALSE(service->authenticate({.basic_user = "alice", .basic_password = secrets.password}))
      << "has no password";
  EXPECT_FALSE(service->authenticate({.bearer = secrets.password}));
  EXPECT_FALSE(service->authenticate({}));
  ASSERT_TRUE(revoke_caller(*node.node, "carol"));
  EXPECT_FALSE(service->authenticate({.bearer = secrets.token}));
  EXPECT_FALSE(service->authenticate({.basic_user = "carol", .basic_password = secrets.password}))
      << "what was remembered is forgotten";
  EXPECT_EQ(get("/taxii2/", "", "carol").status, 401);
}

TEST_F(Taxii, guessing_passwords_is_slowed_down_for_the_guesser_alone) {
  CallerRequest request;
  request.name = "carol";
  request.password = "correct horse";
  ASSERT_TRUE(add_caller(*node.node, request));
  const TaxiiCredentials right{.basic_user = "carol", .basic_password = "correct horse"};
  ASSERT_TRUE(service->authenticate(right));
  for (std::size_t i = 1; i < TaxiiCallers::max_checks; ++i)
    EXPECT_FALSE(service->authenticate({.basic_user = "carol", .basic_password = "wrong"}));
  EXPECT_TRUE(service->authenticate(right)) << "who is known costs no check";
  restart();
  EXPECT_TRUE(service->authenticate(right));
}

TEST_F(Taxii, an_unknown_caller_collection_or_object_is_404_alike) {
  allow("outsider", "indicators");
  TaxiiCollection other;
  other.title = "Other";
  const std::string other_id = add_collection(*node.node, other).value().id;
  const std::string base = "/taxii2/intel/collections/";
  const std::string none = *get(base + "91a7b528-80eb-42ed-a74d-c6fbd5a26116/objects/").body;
  EXPECT_EQ(*get(base + other_id + "/objects/").body, none);
  EXPECT_EQ(*get(base + other_id + "/").body, none);
  EXPECT_EQ(*get(path("objects/" + stix_id("indicator", 9) + "/")).body, none);
  EXPECT_EQ(*get("/taxii2/elsewhere/").body, none);
  EXPECT_EQ(get(base + "not-a-uuid/objects/").status, 404);
}

// ---- resources

TEST_F(Taxii, discovery_names_the_api_roots_of_the_caller_and_a_default_among_them) {
  EXPECT_EQ(*get("/taxii2/").body,
            R"({"title":"CERT Alpha","default":"/taxii2/intel/","api_roots":["/taxii2/intel/"]})");
  EXPECT_EQ(*get("/taxii2").body, *get("/taxii2/").body);
  CallerRequest request;
  request.name = "newcomer";
  request.with_token = true;
  ASSERT_TRUE(add_caller(*node.node, request));
  EXPECT_EQ(*get("/taxii2/", "", "newcomer").body, R"({"title":"CERT Alpha"})");
  EXPECT_EQ(get("/taxii2/intel/", "", "newcomer").status, 404);
}

TEST_F(Taxii, an_api_root_says_its_version_and_the_largest_body) {
  const Json root = json(get("/taxii2/intel/"));
  EXPECT_EQ(root.strings_member("versions").value(),
            std::vector<std::string>{"application/taxii+json;version=2.1"});
  EXPECT_EQ(root.uint_member("max_content_length").value(), TaxiiSettings{}.max_content_length);
}

TEST_F(Taxii, collections_stand_in_a_fixed_order_with_the_rights_of_the_caller) {
  TaxiiCollection more;
  for (const char* title : {"B", "A", "C"}) {
    more.title = title;
    more.alias = std::string("alias-") + title;
    ASSERT_TRUE(add_collection(*node.node, more));
    allow("alice", more.alias);
  }
  const Json list = json(get("/taxii2/intel/collections/"));
  std::vector<std::string> seen;
  for (const Json& one : *list.array_member("collections").value()) {
    seen.push_back(one.string_member("id").value());
    EXPECT_TRUE(one.bool_member("can_read").value());
    EXPECT_FALSE(one.bool_member("can_write").value());
    EXPECT_TRUE(one.contains("media_types"));
  }
  EXPECT_EQ(seen.size(), 4U);
  EXPECT_TRUE(std::ranges::is_sorted(seen));
  EXPECT_EQ(add_collection(*node.node, more).error().kind, ErrorKind::conflict) << "aliases are unique";
  EXPECT_TRUE(json(get(path(""), "", "writer")).bool_member("can_write").value());
  EXPECT_EQ(*get("/taxii2/intel/collections/indicators/").body, *get(path("")).body) << "by its alias";
}

TEST_F(Taxii, a_method_that_a_resource_has_not_is_405_with_what_it_has) {
  EXPECT_EQ(post("{}", "writer", "/taxii2/").allow, "GET, HEAD");
  EXPECT_EQ(post("{}", "writer", path("manifest/")).status, 405);
  EXPECT_EQ(erase(path()).allow, "GET, HEAD, POST");
  EXPECT_EQ(erase(path("")).status, 405);
}

// ---- pages

TEST_F(Taxii, an_empty_collection_is_an_empty_object_without_dates) {
  for (const std::string& where : {path(), path("manifest/")}) {
    const Answer answer = get(where);
    EXPECT_EQ(*answer.body, "{}");
    EXPECT_FALSE(answer.date_added_first || answer.date_added_last);
  }
}

TEST_F(Taxii, objects_and_manifest_rise_by_date_added_and_the_dates_are_told) {
  for (unsigned n : {3U, 1U, 2U}) {
    import({indicator(n, green_ref, "a" + std::to_string(n) + ".example.org")});
    fill();
    node.clock.advance(std::chrono::seconds(1));
  }
  const Answer objects = get(path());
  EXPECT_THAT(ids(objects),
              ElementsAre(stix_id("indicator", 3), stix_id("indicator", 1), stix_id("indicator", 2)));
  const Answer manifest = get(path("manifest/"));
  EXPECT_EQ(ids(manifest), ids(objects));
  const Json list = json(manifest);
  const Json::Array& records = *list.array_member("objects").value();
  EXPECT_EQ(records.front().string_member("date_added").value(),
            taxii::format_timestamp(*objects.date_added_first));
  EXPECT_EQ(records.back().string_member("date_added").value(),
            taxii::format_timestamp(*objects.date_added_last));
  EXPECT_EQ(records.front().string_member("version").value(), "2025-01-01T00:00:00.000000Z");
  EXPECT_EQ(records.front().string_member("media_type").value(), "application/stix+json;version=2.1");
}

TEST_F(Taxii, paging_by_next_and_by_the_last_date_meets_every_object_once) {
  std::vector<std::string> all;
  std::vector<std::string> expected;
  for (unsigned n = 1; n <= 20; ++n) {
    all.push_back(indicator(n, green_ref, "a" + std::to_string(n) + ".example.org"));
    expected.push_back(stix_id("indicator", n));
  }
  import(all);
  fill();  // all in one go: within one microsecond each
  for (const bool by_next : {true, false}) {
    std::vector<std::string> seen;
    std::string query = "limit=7";
    for (int pages = 0; pages < 10; ++pages) {
      const Answer answer = get(path(), query);
      const auto page = ids(answer);
      EXPECT_LE(page.size(), 7U) << "never more than asked";
      seen.insert(seen.end(), page.begin(), page.end());
      const Json body = json(answer);
      const Json* more = body.find("more");
      if (more == nullptr || !*more->if_bool()) break;
      EXPECT_TRUE(body.contains("next")) << "clients loop for ever without it";
      query = by_next ? "limit=7&next=" + body.string_member("next").value()
                      : "limit=7&added_after=" + taxii::format_timestamp(*answer.date_added_last);
    }
    EXPECT_EQ(seen, expected);
  }
}

TEST_F(Taxii, added_after_is_exclusive_at_full_precision) {
  import({indicator(1, green_ref, "a.example.org"), indicator(2, green_ref, "b.example.org")});
  fill();
  const Answer all = get(path());
  const std::string first = taxii::format_timestamp(*all.date_added_first);
  EXPECT_THAT(ids(get(path(), "added_after=" + first)), ElementsAre(stix_id("indicator", 2)));
  std::string nanoseconds = first;
  nanoseconds.insert(nanoseconds.size() - 1, "999");
  EXPECT_THAT(ids(get(path(), "added_after=" + nanoseconds)), ElementsAre(stix_id("indicator", 2)));
  EXPECT_EQ(ids(get(path(), "added_after=" + first.substr(0, 19) + "Z")).size(),
            first.substr(20, 6) == "000000" ? 1U : 2U)
      << "seconds alone";
  EXPECT_EQ(ids(get(path(), "added_after=1970-01-01T00:00:00.000000Z")).size(), 2U);
  EXPECT_EQ(*get(path(), "added_after=" + taxii::format_timestamp(*all.date_added_last)).body, "{}");
}

TEST_F(Taxii, malformed_parameters_are_400) {
  for (const char* bad :
       {"limit=0", "limit=-1", "limit=abc", "next=bogus", "added_after=2020-01-01T00:00:00+00:00",
        "match[version]=all,last", "match[type]=a&match[type]=b", "added_after=undefined"}) {
    for (const std::string& where : {path(), path("manifest/")}) {
      EXPECT_EQ(get(where, bad).status, 400) << bad;
      EXPECT_EQ(error_status(get(where, bad)), "400");
    }
  }
}

TEST_F(Taxii, a_server_limit_caps_every_page) {
  TaxiiSettings settings;
  settings.max_page = settings.default_page = 3;
  restart(settings);
  std::vector<std::string> all;
  for (unsigned n = 1; n <= 5; ++n)
    all.push_back(indicator(n, green_ref, "a" + std::to_string(n) + ".example.org"));
  import(all);
  fill();
  EXPECT_EQ(ids(get(path())).size(), 3U);
  EXPECT_EQ(ids(get(path(), "limit=100")).size(), 3U);
  EXPECT_EQ(ids(get(path(), "limit=2")).size(), 2U);
  settings.max_page = settings.default_page = 100;
  settings.max_page_bytes = 10;
  restart(settings);
  const Answer answer = get(path());
  EXPECT_EQ(ids(answer).size(), 1U) << "by bytes, but never none";
  EXPECT_TRUE(*json(answer).find("more")->if_bool());
}

TEST_F(Taxii, fields_of_match_hold_together_and_values_are_alternatives) {
  import({indicator(1, green_ref, "a.example.org"), versioned("tool", 2, "2025-01-01T00:00:00.000Z"),
          versioned("malware", 3, "2025-01-01T00:00:00.000Z", green_ref, R"("is_family":false)")});
  fill();
  EXPECT_THAT(ids(get(path(), "match[type]=tool,malware")),
              ElementsAre(stix_id("tool", 2), stix_id("malware", 3)));
  EXPECT_THAT(ids(get(path(), "match[type]=tool&match[id]=" + stix_id("malware", 3))), IsEmpty());
  EXPECT_THAT(ids(get(path("manifest/"), "match[id]=" + stix_id("tool", 2))),
              ElementsAre(stix_id("tool", 2)));
  EXPECT_THAT(ids(get(path(), "match[type]=no-such-type")), IsEmpty());
  EXPECT_EQ(ids(get(path(), "match[spec_version]=2.1")).size(), 3U);
  EXPECT_THAT(ids(get(path(), "match[spec_version]=2.0")), IsEmpty());
  EXPECT_THAT(ids(get(path(), "match[spec_version]=9.9")), IsEmpty());
  EXPECT_EQ(ids(get(path(), "match[unheard_of]=x")).size(), 3U) << "an unknown field is ignored";
}

TEST_F(Taxii, versions_of_an_object_are_the_last_first_all_or_exact) {
  for (const char* modified :
       {"2025-01-01T00:00:00.000Z", "2025-02-01T00:00:00.000Z", "2025-03-01T00:00:00.000Z"})
    import({versioned("tool", 1, modified)});
  fill();
  const std::string one = path("objects/" + stix_id("tool", 1) + "/");
  const auto modified = [&](const std::string& query) {
    std::vector<std::string> out;
    const Json body = json(get(one, query));
    for (const Json& object : *body.array_member("objects").value())
      out.push_back(object.string_member("modified").value().substr(5, 2));
    return out;
  };
  EXPECT_THAT(modified(""), ElementsAre("03"));
  EXPECT_THAT(modified("match[version]=first"), ElementsAre("01"));
  EXPECT_THAT(modified("match[version]=all"), ElementsAre("01", "02", "03"));
  EXPECT_THAT(modified("match[version]=first,last"), ElementsAre("01", "03"));
  EXPECT_THAT(modified("match[version]=2025-02-01T00:00:00.000Z"), ElementsAre("02"));
  EXPECT_THAT(modified("match[version]=all&limit=1"), ElementsAre("01"));
  EXPECT_EQ(*get(one, "match[version]=2019-01-01T00:00:00Z").body, "{}") << "there, but not so";
  const Json versions = json(get(one + "versions/"));
  EXPECT_THAT(versions.strings_member("versions").value(),
              ElementsAre("2025-01-01T00:00:00.000000Z", "2025-02-01T00:00:00.000000Z",
                          "2025-03-01T00:00:00.000000Z"));
  EXPECT_TRUE(get(one + "versions/").date_added_first);
  EXPECT_EQ(json(get(one + "versions/", "limit=2")).strings_member("versions").value().size(), 2U);
  EXPECT_EQ(get(path("objects/" + stix_id("tool", 2) + "/versions/")).status, 404);
}

TEST_F(Taxii, a_cursor_is_worth_nothing_to_another_caller) {
  import({indicator(1, green_ref, "a.example.org"), indicator(2, green_ref, "b.example.org")});
  fill();
  const std::string next = json(get(path(), "limit=1")).string_member("next").value();
  EXPECT_EQ(get(path(), "next=" + next).status, 200);
  EXPECT_EQ(get(path(), "next=" + next, "bob").status, 400);
  EXPECT_EQ(get(path("manifest/"), "next=" + next).status, 400);
  EXPECT_EQ(get(path(), "match[type]=tool&next=" + next).status, 400);
}

// ---- the gate

TEST_F(Taxii, what_the_gate_denies_is_as_if_it_were_not_there) {
  import({indicator(1, green_ref, "a.example.org"), indicator(2, amber_ref, "b.example.org"),
          indicator(3, green_ref, "c.example.org", R"("labels":["classified"])"),
          indicator(4, "", "d.example.org")});
  fill();
  EXPECT_THAT(ids(get(path())), ElementsAre(stix_id("indicator", 1)));
  EXPECT_THAT(ids(get(path("manifest/"))), ElementsAre(stix_id("indicator", 1)));
  for (unsigned n : {2U, 3U, 4U}) {
    const std::string one = path("objects/" + stix_id("indicator", n) + "/");
    EXPECT_EQ(*get(one).body, *get(path("objects/" + stix_id("indicator", 99) + "/")).body);
    EXPECT_EQ(get(one + "versions/").status, 404);
  }
  EXPECT_THAT(ids(get(path(), "", "bob")), ElementsAre(stix_id("indicator", 1), stix_id("indicator", 2)));
  const Json page = json(get(path(), "limit=1"));
  EXPECT_FALSE(*page.find("more")->if_bool()) << "what is kept back is no further page";
}

TEST_F(Taxii, a_caller_without_an_entry_in_the_policy_sees_nothing) {
  import({indicator(1, clear_ref, "a.example.org")});
  fill();
  EXPECT_EQ(*get(path(), "", "mallory").body, "{}");
  EXPECT_EQ(get(path("objects/" + stix_id("indicator", 1) + "/"), "", "mallory").status, 404);
}

TEST_F(Taxii, a_policy_that_does_not_load_shows_nothing_at_once) {
  import({indicator(1, green_ref, "a.example.org")});
  fill();
  EXPECT_EQ(ids(get(path())).size(), 1U);
  const std::uint64_t before = service->epoch();
  const policy::Policy closed = policy::Policy::closed("broken");
  node.node->set_policy(closed);
  EXPECT_NE(service->epoch(), before) << "kept answers are worth nothing";
  EXPECT_EQ(*get(path()).body, "{}");
  node.node->set_policy(node.policy);
  EXPECT_EQ(ids(get(path())).size(), 1U);
}

TEST_F(Taxii, what_the_policy_strips_and_what_an_import_marked_shows_in_the_bytes) {
  ImportOptions options;
  options.tlp = intel::TlpLevel::green;
  import({versioned("tool", 1, "2025-01-01T00:00:00.000Z", green_ref, R"("x_internal":"secret","name":"n")"),
          stix("tool", 2, "", R"("name":"m")")},
         options);
  fill();
  const Answer answer = get(path());
  EXPECT_EQ(ids(answer).size(), 2U);
  EXPECT_THAT(*answer.body, Not(HasSubstr("secret")));
  const Json body = json(answer);
  EXPECT_THAT((*body.find("objects")->if_array())[1].strings_member("object_marking_refs").value(),
              ElementsAre(green_ref));
}

TEST_F(Taxii, objects_that_need_no_change_leave_byte_for_byte) {
  const std::string odd =
      R"({ "type":"tool","id":")" + stix_id("tool", 1) +
      R"(","spec_version":"2.1","created":"2025-01-01T00:00:00.000Z","modified":"2025-01-01T00:00:00.000Z","name":"\u00e9","x_number":1.50,"object_marking_refs":[")" +
      green_ref + R"("]})";
  import({odd});
  fill();
  EXPECT_THAT(*get(path()).body, HasSubstr(odd));
}

TEST_F(Taxii, references_to_what_stays_here_are_cut_and_what_needs_them_stays) {
  import(
      {versioned("malware", 1, "2025-01-01T00:00:00.000Z", amber_ref, R"("is_family":false)"),
       versioned("tool", 2, "2025-01-01T00:00:00.000Z", green_ref, R"("name":"t")"),
       versioned("relationship", 3, "2025-01-01T00:00:00.000Z", green_ref,
                 R"("relationship_type":"uses","source_ref":")" + stix_id("malware", 1) +
                     R"(","target_ref":")" + stix_id("tool", 2) + R"(")"),
       versioned("report", 4, "2025-01-01T00:00:00.000Z", green_ref,
                 R"("name":"r","published":"2025-01-01T00:00:00Z","object_refs":[")" + stix_id("malware", 1) +
                     R"(",")" + stix_id("tool", 2) + R"(",")" + stix_id("tool", 77) + R"("])")});
  fill();
  const Answer answer = get(path());
  EXPECT_THAT(ids(answer), ElementsAre(stix_id("tool", 2), stix_id("report", 4)));
  EXPECT_THAT(*answer.body, Not(HasSubstr(stix_id("malware", 1))));
  EXPECT_THAT(*answer.body, HasSubstr(stix_id("tool", 77))) << "not held here: the producer's to name";
}

TEST_F(Taxii, a_text_that_tells_what_stays_here_keeps_its_object_here) {
  import({indicator(1, amber_ref, "secret.example.org"),
          versioned("tool", 2, "2025-01-01T00:00:00.000Z", green_ref,
                    R"("description":"see secret[.]example.org")")});
  fill();
  EXPECT_THAT(ids(get(path())), IsEmpty());
  EXPECT_EQ(ids(get(path(), "", "bob")).size(), 2U);
}

TEST_F(Taxii, a_later_import_that_marks_a_value_more_strictly_takes_it_away_at_once) {
  import({indicator(1, green_ref, "a.example.org")});
  fill();
  EXPECT_EQ(ids(get(path())).size(), 1U);
  import({indicator(9, amber_ref, "a.example.org")}, {}, "other");
  EXPECT_THAT(ids(get(path())), IsEmpty());
}

TEST_F(Taxii, open_cases_and_what_is_not_published_stay) {
  ImportOptions in_case;
  in_case.open_case = "Nightfall";
  import({indicator(1, green_ref, "a.example.org")}, in_case, "case");
  ImportOptions draft;
  draft.unpublished = true;
  import({indicator(2, green_ref, "b.example.org")}, draft, "draft");
  fill();
  EXPECT_THAT(ids(get(path())), IsEmpty());
}

// ---- posting

TEST_F(Taxii, a_post_is_stored_and_told_object_by_object) {
  const std::string good = indicator(1, green_ref, "a.example.org");
  const std::string bad = R"({"type":"indicator","id":"nonsense"})";
  const Answer answer = post(envelope({good, bad}));
  ASSERT_EQ(answer.status, 202) << *answer.body;
  const Json status = json(answer);
  EXPECT_EQ(status.string_member("status").value(), "complete");
  EXPECT_EQ(status.uint_member("total_count").value(), 2U);
  EXPECT_EQ(status.uint_member("success_count").value(), 1U);
  EXPECT_EQ(status.uint_member("failure_count").value(), 1U);
  EXPECT_EQ(status.uint_member("pending_count").value(), 0U);
  EXPECT_EQ(status.array_member("successes").value()->front().string_member("id").value(),
            stix_id("indicator", 1));
  EXPECT_EQ(status.array_member("successes").value()->front().string_member("version").value(),
            "2025-01-01T00:00:00.000000Z");
  EXPECT_FALSE(status.array_member("failures").value()->front().string_member("message").value().empty());
  EXPECT_THAT(ids(get(path(), "", "writer")), ElementsAre(stix_id("indicator", 1)));
  EXPECT_THAT(ids(get(path())), ElementsAre(stix_id("indicator", 1)));
}

TEST_F(Taxii, an_exact_duplicate_is_a_success) {
  const std::string body = envelope({indicator(1, green_ref, "a.example.org")});
  EXPECT_EQ(post(body).status, 202);
  const Json again = json(post(body));
  EXPECT_EQ(again.uint_member("success_count").value(), 1U);
  EXPECT_EQ(again.uint_member("failure_count").value(), 0U);
  EXPECT_EQ(ids(get(path())).size(), 1U);
}

TEST_F(Taxii, another_content_under_a_known_version_is_a_failure_with_a_message) {
  EXPECT_EQ(post(envelope({indicator(1, green_ref, "a.example.org")})).status, 202);
  const Json status = json(post(envelope({indicator(1, green_ref, "b.example.org")})));
  EXPECT_EQ(status.uint_member("failure_count").value(), 1U);
  EXPECT_EQ(status.array_member("failures").value()->front().string_member("id").value(),
            stix_id("indicator", 1));
}

TEST_F(Taxii, a_bundle_is_taken_as_an_envelope) {
  const std::string bundle = R"({"type":"bundle","id":")" + stix_id("bundle", 1) + R"(","objects":[)" +
                             indicator(1, green_ref, "a.example.org") + "]}";
  EXPECT_EQ(post(bundle).status, 202);
  EXPECT_EQ(ids(get(path())).size(), 1U);
}

TEST_F(Taxii, what_is_no_envelope_is_400_and_one_without_objects_422) {
  for (const char* bad : {"", "x", "[]", "{", R"({"objects":[})", "<html>"})
    EXPECT_EQ(post(bad).status, 400) << bad;
  for (const char* empty :
       {"{}", R"({"objects":[]})", R"({"objects":[{"type":"x"}]})", R"({"objects":[7]})"}) {
    EXPECT_EQ(post(empty).status, 422) << empty;
    EXPECT_EQ(error_status(post(empty)), "422");
  }
}

TEST_F(Taxii, a_body_above_max_content_length_is_413_and_one_below_is_not) {
  const std::string body = envelope({indicator(1, green_ref, "a.example.org")});
  TaxiiSettings settings;
  settings.max_content_length = body.size();
  restart(settings);
  EXPECT_EQ(post(body).status, 202);
  EXPECT_EQ(post(body + " ").status, 413);
}

TEST_F(Taxii, a_caller_never_takes_the_place_of_our_own_content) {
  import({versioned("tool", 1, "2025-01-01T00:00:00.000Z", green_ref, R"("name":"ours")")});
  fill();
  const std::string theirs =
      versioned("tool", 1, "2025-01-01T00:00:00.000Z", green_ref, R"("name":"theirs")");
  EXPECT_EQ(post(envelope({theirs})).status, 202);
  EXPECT_THAT(*get(path()).body, HasSubstr("ours"));
  EXPECT_THAT(*get(path()).body, Not(HasSubstr("theirs")));
}

TEST_F(Taxii, what_was_posted_under_a_strict_marking_goes_to_nobody_else) {
  EXPECT_EQ(post(envelope({indicator(1, amber_ref, "a.example.org")})).status, 202);
  EXPECT_THAT(ids(get(path(), "", "bob")), IsEmpty());
  EXPECT_EQ(ids(get(path(), "", "writer")).size(), 1U) << "back to where it came from";
}

TEST_F(Taxii, what_is_posted_without_a_marking_takes_that_of_the_collection) {
  EXPECT_EQ(post(envelope({indicator(1, "", "a.example.org")})).status, 202);
  EXPECT_THAT(ids(get(path(), "", "writer")), IsEmpty());
  TaxiiCollection marked;
  marked.title = marked.alias = "marked";
  marked.writable = true;
  marked.tlp = intel::TlpLevel::green;
  const std::string where =
      "/taxii2/intel/collections/" + add_collection(*node.node, marked).value().id + "/objects/";
  allow("writer", "marked:rw");
  EXPECT_EQ(post(envelope({indicator(2, "", "b.example.org")}), "writer", where).status, 202);
  EXPECT_EQ(ids(get(where, "", "writer")).size(), 1U);
}

TEST_F(Taxii, a_status_is_kept_for_a_day_and_for_who_asked_it) {
  const std::string id =
      json(post(envelope({indicator(1, green_ref, "a.example.org")}))).string_member("id").value();
  const std::string where = "/taxii2/intel/status/" + id + "/";
  EXPECT_EQ(get(where, "", "alice").status, 404) << "somebody else's";
  const std::string text = *get(where, "", "writer").body;
  EXPECT_THAT(text, HasSubstr(stix_id("indicator", 1)));
  node.clock.advance(std::chrono::hours(24));
  ASSERT_TRUE(service->tick());
  EXPECT_EQ(*get(where, "", "writer").body, text);
  node.clock.advance(std::chrono::hours(49));
  ASSERT_TRUE(service->tick());
  EXPECT_EQ(get(where, "", "writer").status, 404);
  EXPECT_EQ(get("/taxii2/intel/status/91a7b528-80eb-42ed-a74d-c6fbd5a26116/", "", "writer").status, 404);
  EXPECT_EQ(get("/taxii2/intel/status/x/", "", "writer").status, 404);
}

// ---- rights

TEST_F(Taxii, rights_say_who_reads_and_writes) {
  const std::string body = envelope({indicator(1, green_ref, "a.example.org")});
  EXPECT_EQ(post(body, "alice").status, 403);
  allow("dropbox", "indicators:w");
  EXPECT_EQ(post(body, "dropbox").status, 202);
  for (const char* where : {"objects/", "manifest/"}) EXPECT_EQ(get(path(where), "", "dropbox").status, 403);
  const std::string one = "objects/" + stix_id("indicator", 1) + "/";
  EXPECT_EQ(get(path(one), "", "dropbox").status, 403);
  EXPECT_EQ(get(path(one + "versions/"), "", "dropbox").status, 403);
  EXPECT_FALSE(json(get(path(""), "", "dropbox")).bool_member("can_read").value());
}

TEST_F(Taxii, deleting_needs_both_rights_and_leaves_nothing_to_read) {
  for (const char* modified : {"2025-01-01T00:00:00.000Z", "2025-02-01T00:00:00.000Z"})
    ASSERT_EQ(post(envelope({versioned("tool", 1, modified)})).status, 202);
  const std::string one = path("objects/" + stix_id("tool", 1) + "/");
  allow("dropbox", "indicators:w");
  CallerRequest none;
  none.name = "none";
  none.with_token = true;
  ASSERT_TRUE(add_caller(*node.node, none));
  EXPECT_EQ(erase(one, "", "none").status, 404) << "neither right";
  EXPECT_EQ(erase(one, "", "alice").status, 403) << "reads only";
  EXPECT_EQ(erase(one, "", "dropbox").status, 403) << "writes only";
  EXPECT_EQ(erase(one, "match[version]=2025-02-01T00:00:00.000Z").status, 200);
  EXPECT_THAT(*get(one).body, HasSubstr("2025-01-01T00:00:00.000Z"));
  const Answer done = erase(one);
  EXPECT_EQ(done.status, 200);
  EXPECT_EQ(done.body, nullptr);
  EXPECT_EQ(get(one).status, 404);
  EXPECT_EQ(*get(path("manifest/")).body, "{}");
  EXPECT_EQ(erase(one).status, 404);
}

TEST_F(Taxii, nobody_deletes_what_it_cannot_see) {
  import({indicator(1, amber_ref, "a.example.org"), indicator(2, strict_ref, "b.example.org")});
  fill();
  EXPECT_EQ(erase(path("objects/" + stix_id("indicator", 2) + "/")).status, 404);
  EXPECT_EQ(node.store->snapshot().value()->count_members(made.id).value(), 2U);
}

// ---- how objects come in

TEST_F(Taxii, a_rule_fills_a_collection_once_and_takes_what_is_imported_later) {
  import({indicator(1, green_ref, "a.example.org"), versioned("tool", 2, "2025-01-01T00:00:00.000Z")});
  const FillReport first = fill({.types = {"indicator"}});
  EXPECT_EQ(first.added, 1U);
  EXPECT_TRUE(first.rule_is_new);
  const FillReport again = fill({.types = {"indicator"}});
  EXPECT_EQ(again.added, 0U);
  EXPECT_EQ(again.unchanged, 1U);
  EXPECT_FALSE(again.rule_is_new);
  node.clock.advance(std::chrono::seconds(1));
  import({indicator(3, green_ref, "c.example.org"), versioned("tool", 4, "2025-01-01T00:00:00.000Z")});
  EXPECT_THAT(ids(get(path())), ElementsAre(stix_id("indicator", 1), stix_id("indicator", 3)));
  EXPECT_EQ(CollectionFill::begin(*node.node, "indicators", {}).error().kind, ErrorKind::usage);
  EXPECT_EQ(CollectionFill::begin(*node.node, "none", {.all = true}).error().kind, ErrorKind::not_found);
  import({versioned("tool", 5, "2025-01-01T00:00:00.000Z")}, {}, "special");
  EXPECT_EQ(fill({.sources = {"special"}}).added, 1U);
  import({versioned("tool", 6, "2025-01-01T00:00:00.000Z", green_ref, R"("labels":["x","y"])")});
  EXPECT_EQ(fill({.types = {"tool"}, .labels = {"y"}}).added, 1U);
  EXPECT_EQ(fill({.ids = {stix_id("tool", 4)}}).added, 1U);
}

// ---- reads are recorded

TEST_F(Taxii, reads_of_a_minute_become_one_statement_with_a_hash_of_what_was_served) {
  import({indicator(1, green_ref, "a.example.org"), indicator(2, green_ref, "b.example.org")});
  fill();
  const std::uint64_t before = node.ledger->size().value();
  const Answer answer = get(path());
  get(path());
  get(path("manifest/"));
  get(path(), "", "bob");
  ASSERT_TRUE(answer.reuse);
  service->note_served(answer.reuse->ticket, 5);
  ASSERT_TRUE(service->tick());
  EXPECT_EQ(node.ledger->size().value(), before) << "the minute is not over";
  node.clock.advance(std::chrono::minutes(3));
  ASSERT_TRUE(service->tick());
  ASSERT_EQ(node.ledger->size().value(), before + 2);
  const Recorded recorded = recorded_at(*node.node, before).value();
  EXPECT_EQ(recorded.kind, "parley/served/1");
  const Json payload = encoding::parse_json(record::peek_statement(recorded.jws).value().payload).value();
  EXPECT_EQ(payload.string_member("caller").value(), "alice");
  EXPECT_EQ(payload.string_member("collection").value(), made.id);
  EXPECT_EQ(payload.uint_member("requests").value(), 8U);
  EXPECT_EQ(payload.uint_member("objects").value(), 16U);
  EXPECT_EQ(payload.uint_member("pages").value(), 2U);
  EXPECT_TRUE(payload.bool_member("complete").value());
  ASSERT_TRUE(service->tick());
  EXPECT_EQ(node.ledger->size().value(), before + 2) << "once";
}

TEST_F(Taxii, a_stop_records_what_is_open_and_a_crash_records_that_it_does_not_know) {
  import({indicator(1, green_ref, "a.example.org")});
  fill();
  const std::uint64_t before = node.ledger->size().value();
  get(path());
  ASSERT_TRUE(service->close());
  EXPECT_EQ(node.ledger->size().value(), before + 1);
  get(path());
  restart();  // as after a crash
  ASSERT_TRUE(service->tick());
  ASSERT_EQ(node.ledger->size().value(), before + 2);
  const Recorded recorded = recorded_at(*node.node, before + 1).value();
  const Json payload = encoding::parse_json(record::peek_statement(recorded.jws).value().payload).value();
  EXPECT_FALSE(payload.bool_member("complete").value());
  EXPECT_FALSE(payload.contains("requests"));
  restart();
  ASSERT_TRUE(service->tick());
  EXPECT_EQ(node.ledger->size().value(), before + 2) << "once";
}

TEST_F(Taxii, an_answer_is_kept_until_anything_that_it_was_made_from_changes) {
  import({indicator(1, green_ref, "a.example.org")});
  fill();
  const Answer one = get(path());
  EXPECT_EQ(get(path()).body, one.body) << "the very same bytes";
  EXPECT_EQ(service->epoch(), one.reuse->epoch);
  const auto changes = [&](const std::function<void()>& act) {
    get(path());
    const std::uint64_t before = service->epoch();
    act();
    return service->epoch() != before;
  };
  EXPECT_TRUE(changes([&] { import({indicator(2, green_ref, "b.example.org")}); }));
  EXPECT_TRUE(changes([&] { allow("alice", "indicators:r"); }));
  EXPECT_TRUE(changes([&] { ASSERT_TRUE(revoke_caller(*node.node, "bob")); }));
  EXPECT_FALSE(changes([&] { ASSERT_TRUE(service->tick()); }));
  EXPECT_FALSE(changes([&] { import({indicator(2, green_ref, "b.example.org")}); })) << "nothing new";
}

}  // namespace
}  // namespace parley::exchange
