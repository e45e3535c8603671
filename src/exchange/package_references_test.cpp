#include "exchange/package_references.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace parley::exchange {
namespace {

using encoding::Json;
using testing::ElementsAre;

Json parse(std::string_view text) {
  const auto json = encoding::parse_json(text);
  EXPECT_TRUE(json);
  return json ? *json : Json();
}

bool only_kept(std::string_view id) {
  return id.starts_with("keep");
}

TEST(PackageReferences, optional_references_are_cut_at_any_depth) {
  Json object = parse(
      R"({"type":"x","created_by_ref":"gone","a":{"b":[{"c_ref":"gone"},{"c_ref":"keep"}]},"d_refs":["keep","gone"],)"
      R"("e_refs":["gone"],"f_refs":[{"g_ref":"gone"}]})");
  const ReferenceCut cut = cut_references_of(object, only_kept);
  EXPECT_EQ(encoding::write_json(object),
            R"({"type":"x","a":{"b":[{},{"c_ref":"keep"}]},"d_refs":["keep"],"f_refs":[{}]})");
  EXPECT_EQ(cut.pointers.size(), 5U);
  EXPECT_EQ(cut.pointers[0].pointer, "/created_by_ref");
  EXPECT_TRUE(cut.impossible.empty());
  EXPECT_THAT(references_in(object), ElementsAre("keep", "keep"));
}

TEST(PackageReferences, an_object_that_needs_what_was_cut_is_impossible) {
  for (const char* text :
       {R"({"type":"relationship","source_ref":"gone","target_ref":"keep"})",
        R"({"type":"relationship","source_ref":"keep","target_ref":"gone"})",
        R"({"type":"sighting","sighting_of_ref":"gone"})", R"({"type":"report","object_refs":["gone"]})",
        R"({"type":"x","object_marking_refs":["keep","gone"]})",
        R"({"type":"x","granular_markings":[{"marking_ref":"gone","selectors":["a"]}]})"}) {
    Json object = parse(text);
    EXPECT_EQ(cut_references_of(object, only_kept).impossible, "gone") << text;
  }
  Json report = parse(R"({"type":"report","object_refs":["gone","keep"]})");
  EXPECT_TRUE(cut_references_of(report, only_kept).impossible.empty());
}

TEST(PackageReferences, markings_are_told_from_other_references) {
  const Json object = parse(
      R"({"object_marking_refs":["m1"],"granular_markings":[{"marking_ref":"m2"}],"created_by_ref":"i"})");
  EXPECT_THAT(marking_references_in(object), ElementsAre("m1", "m2"));
  EXPECT_THAT(references_in(object), ElementsAre("m1", "m2", "i"));
}

}  // namespace
}  // namespace parley::exchange
